"""Ways in besides GraphQL over HTTP; each passes exactly the checks that it passes."""
