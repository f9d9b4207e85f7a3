"""The REST door: operations of profiles and saved operations as HTTP resources."""
