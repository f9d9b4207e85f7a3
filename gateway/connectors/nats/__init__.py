"""NATS: subjects, and the streams that JetStream keeps of them."""
