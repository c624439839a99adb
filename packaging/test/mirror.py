"""A server of models that gives out some bytes, and can pause in the middle."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 1 << 16


class Mirror:
    """Gives out `content` under every name. The first answer pauses after so many bytes until `go_on` is set."""

    def __init__(self, content, pauses_at=None):
        self.content, self.pauses_at = content, pauses_at
        self.paused, self.go_on = threading.Event(), threading.Event()
        # From which byte on it was asked, request by request; None is from the beginning.
        self.asked = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/files"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or "")
        start = int(wanted[1]) if wanted else 0
        self.asked.append(start if wanted else None)
        pauses_at = self.pauses_at if len(self.asked) == 1 else None
        length = len(self.content)
        request.send_response(206 if wanted else 200)
        if wanted:
            request.send_header("Content-Range", f"bytes {start}-{length - 1}/{length}")
        request.send_header("Content-Length", str(length - start))
        request.end_headers()
        try:
            for at in range(start, length, PIECE):
                if pauses_at is not None and at >= pauses_at and not self.paused.is_set():
                    request.wfile.flush()
                    self.paused.set()
                    self.go_on.wait()
                request.wfile.write(self.content[at : min(at + PIECE, length)])
        except OSError:
            # Whoever asked may have gone.
            pass
