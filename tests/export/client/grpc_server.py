"""A small gRPC server that answers from a script and keeps the bytes it was asked."""

from concurrent.futures import ThreadPoolExecutor

import grpc


class Refuse:
    """A reply that is a status."""

    def __init__(self, code, details=""):
        self.code, self.details = grpc.StatusCode[code], details


class ScriptedGrpcServer:
    """`scripts` maps full method paths to replies (messages, or `Refuse`); the last is given again and again."""

    def __init__(self, scripts):
        self.scripts = {key: list(replies) for key, replies in scripts.items()}
        self.asked = []
        self.metadata = []
        outer = self

        class Handler(grpc.GenericRpcHandler):
            def service(self, details):
                if details.method not in outer.scripts:
                    return None

                def answer(request, context):
                    outer.asked.append((details.method, request))
                    outer.metadata.append(dict(details.invocation_metadata))
                    replies = outer.scripts[details.method]
                    reply = replies.pop(0) if len(replies) > 1 else replies[0]
                    if isinstance(reply, Refuse):
                        context.abort(reply.code, reply.details)
                    return reply() if callable(reply) else reply.SerializeToString()

                return grpc.unary_unary_rpc_method_handler(answer)

        self._server = grpc.server(ThreadPoolExecutor(4), handlers=(Handler(),))
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()

    def methods(self):
        return [method.rpartition("/")[2] for method, _ in self.asked]
