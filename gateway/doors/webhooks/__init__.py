"""The door of systems that tell by calling us: `POST /webhooks/NAME`."""
