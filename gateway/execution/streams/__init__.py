"""What is listened to: one listening for equal listeners, a place for each to wait."""
