"""What is in the bodies of HTTP: replies read by their media type, requests written."""
