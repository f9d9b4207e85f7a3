"""gRPC without generated code: messages are made and read by their descriptors.

In charge of everything between a step's keys and a channel. `descriptors` knows what
there is to call, `step` is load time, `source` run time. Must never import grpc or
protobuf before a deployment has such a source: they are an extra.
"""
