#!/usr/bin/env python3
"""Asks an X11 window to close, as the cross in its title bar does.

usage: close_window.py WINDOW
"""

import sys

from Xlib import X, display
from Xlib.protocol import event

if len(sys.argv) != 2:
    sys.exit(__doc__)
screen = display.Display()
window = screen.create_resource_object("window", int(sys.argv[1], 0))
close = screen.intern_atom("WM_DELETE_WINDOW")
protocols = screen.intern_atom("WM_PROTOCOLS")
window.send_event(event.ClientMessage(window=window, client_type=protocols, data=(32, [close, X.CurrentTime, 0, 0, 0])))
screen.sync()
