#!/usr/bin/env python3
"""Drops files onto an X11 window, as a file manager does (XDND, version 5).

usage: drop_file.py WINDOW FILE...

Ends with 0 if the window took the files. Protocol: https://www.freedesktop.org/wiki/Specifications/XDND/
"""

import pathlib
import sys
import time

from Xlib import X, Xatom, display
from Xlib.protocol import event

VERSION = 5
PATIENCE_S = 10


class Source:
    """The side of a drag that holds the files."""

    def __init__(self, window, files):
        self.display = display.Display()
        self.target = self.display.create_resource_object("window", window)
        root = self.display.screen().root
        self.window = root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self.uri_list = self.atom("text/uri-list")
        uris = [pathlib.Path(file).resolve().as_uri() for file in files]
        self.offer = "".join(uri + "\r\n" for uri in uris).encode()
        self.window.set_selection_owner(self.atom("XdndSelection"), X.CurrentTime)
        size = self.target.get_geometry()
        corner = self.target.translate_coords(root, 0, 0)
        self.place = (size.width // 2 - corner.x, size.height // 2 - corner.y)

    def atom(self, name):
        return self.display.intern_atom(name)

    def send(self, message, *data):
        data = [self.window.id, *data] + [0] * (4 - len(data))
        packet = event.ClientMessage(window=self.target, client_type=self.atom(message), data=(32, data))
        self.target.send_event(packet)
        self.display.flush()

    def point(self):
        x, y = self.place
        self.send("XdndPosition", 0, x << 16 | y, X.CurrentTime, self.atom("XdndActionCopy"))

    def answer(self, message):
        """Waits for a message of the window, and hands it the files meanwhile."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if not self.display.pending_events():
                time.sleep(0.01)
                continue
            got = self.display.next_event()
            if got.type == X.SelectionRequest:
                self.hand_over(got)
            elif got.type == X.ClientMessage and got.client_type == self.atom(message):
                return got.data[1]
        sys.exit(f"the window sent no {message} within {PATIENCE_S} s")

    def hand_over(self, request):
        place = request.property or request.target
        if request.target == self.uri_list:
            request.requestor.change_property(place, self.uri_list, 8, self.offer)
        else:
            place = X.NONE
        note = event.SelectionNotify(
            time=request.time,
            requestor=request.requestor,
            selection=request.selection,
            target=request.target,
            property=place,
        )
        request.requestor.send_event(note)
        self.display.flush()

    def drop(self):
        aware = self.target.get_full_property(self.atom("XdndAware"), Xatom.ATOM)
        if aware is None:
            sys.exit("the window takes no files")
        self.send("XdndEnter", VERSION << 24, self.uri_list)
        self.point()
        accepts = self.answer("XdndStatus")[1] & 1
        if not accepts:
            sys.exit("the window refuses the files")
        self.send("XdndDrop", 0, X.CurrentTime)
        self.answer("XdndFinished")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    Source(int(sys.argv[1], 0), sys.argv[2:]).drop()
