"""Systems that tell by calling us: who may, what a delivery is, who hears it."""
