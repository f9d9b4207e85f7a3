"""The agents' door: operations as tools of the Model Context Protocol."""
