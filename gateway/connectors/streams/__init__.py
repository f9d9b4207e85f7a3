"""Sources that are listened to: what a step of type `stream` asks of them."""
