"""Kafka: topics, and going on in them by the offsets of their partitions."""
