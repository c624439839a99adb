"""Apps that text is inserted into, each of which writes all that it holds to a file.

    receivers.py gtk|qt|tty FILE     the app itself
    receivers.py watcher FILE        fetches whatever comes to the clipboard, and pastes late
    receivers.py deaf FILE           does nothing with keys
    receivers.py stall FILE          begins to fetch a long text from the clipboard and never goes on; the file says when
    receivers.py holds FILE          holds an image on the clipboard, begins to hand it out and never goes on; the file says when
    receivers.py manager FILE        is a clipboard manager that never answers; the file says when
    receivers.py grab FILE           takes all keys away from the others; the file says when
"""

import os
import sys


def replace(path, text):
    beside = path + ".new"
    with open(beside, "w", newline="") as file:
        file.write(text)
    os.replace(beside, path)


def gtk(path, name="gtk", prepare=lambda view: None):
    import gi

    gi.require_version("Gtk", "3.0")
    from gi.repository import GLib, Gtk

    GLib.set_prgname(f"{name}field")
    window, view = Gtk.Window(title=f"receiver {name}"), Gtk.TextView()
    prepare(view)
    window.set_default_size(500, 300)
    view.set_wrap_mode(Gtk.WrapMode.WORD_CHAR)
    scrolled = Gtk.ScrolledWindow()
    scrolled.add(view)
    window.add(scrolled)
    buffer = view.get_buffer()

    waiting = []

    def write():
        waiting.clear()
        replace(path, buffer.get_text(buffer.get_start_iter(), buffer.get_end_iter(), True))

    # Once for all that came meanwhile, so that it is the field that is measured and not the file.
    def changed(_):
        if not waiting:
            waiting.append(GLib.idle_add(write, priority=GLib.PRIORITY_LOW))

    buffer.connect("changed", changed)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    replace(path, "")
    Gtk.main()


def watcher(path):
    def prepare(view):
        from gi.repository import Gdk, GLib, Gtk

        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.connect("owner-change", lambda *_: clipboard.request_text(lambda *_: None))

        def key(_, event):
            if event.keyval != Gdk.KEY_v or not event.state & Gdk.ModifierType.CONTROL_MASK:
                return False
            GLib.timeout_add(400, lambda: view.emit("paste-clipboard"))
            return True

        view.connect("key-press-event", key)

    gtk(path, "watcher", prepare)


def deaf(path):
    gtk(path, "deaf", lambda view: view.connect("key-press-event", lambda *_: True))


def stall(path):
    from Xlib import X, display

    server = display.Display()
    window = server.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask)
    atom = server.intern_atom
    window.convert_selection(atom("CLIPBOARD"), atom("UTF8_STRING"), atom("TEXT_HERE"), X.CurrentTime)
    while server.next_event().type != X.SelectionNotify:
        pass
    kind = window.get_full_property(atom("TEXT_HERE"), X.AnyPropertyType).property_type
    # By taking it away it asks for the first piece; that one it lets lie.
    window.delete_property(atom("TEXT_HERE"))
    server.flush()
    replace(path, server.get_atom_name(kind))
    while True:
        server.next_event()


def holds(path):
    from Xlib import X, Xatom, display
    from Xlib.protocol import event

    server = display.Display()
    window = server.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    atom = server.intern_atom
    forms = [atom("TARGETS"), atom("image/png")]
    window.set_selection_owner(atom("CLIPBOARD"), X.CurrentTime)
    while True:
        asked = server.next_event()
        if asked.type != X.SelectionRequest:
            continue
        if asked.target == forms[0]:
            asked.requestor.change_property(asked.property, Xatom.ATOM, 32, forms)
        elif asked.target == forms[1]:
            # A first word that much more is to come, in pieces, of which there is none.
            asked.requestor.change_property(asked.property, atom("INCR"), 32, [1 << 20])
        place = asked.property if asked.target in forms else X.NONE
        facts = {name: getattr(asked, name) for name in ("time", "requestor", "selection", "target")}
        asked.requestor.send_event(event.SelectionNotify(property=place, **facts))
        server.flush()
        if asked.target == forms[1]:
            replace(path, "")


def manager(path):
    from Xlib import X, display

    server = display.Display()
    window = server.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(server.intern_atom("CLIPBOARD_MANAGER"), X.CurrentTime)
    server.sync()
    replace(path, "")
    while True:
        server.next_event()


def grab(path):
    import gi

    gi.require_version("Gtk", "3.0")
    from gi.repository import Gdk, GLib, Gtk

    window = Gtk.Window(type=Gtk.WindowType.POPUP)
    window.resize(1, 1)
    window.show_all()

    def take():
        seat = Gdk.Display.get_default().get_default_seat()
        status = seat.grab(window.get_window(), Gdk.SeatCapabilities.KEYBOARD, False, None, None, None)
        if status == Gdk.GrabStatus.SUCCESS:
            replace(path, "")
        return status != Gdk.GrabStatus.SUCCESS

    GLib.timeout_add(50, take)
    Gtk.main()


def qt(path):
    from PyQt5.QtCore import QTimer
    from PyQt5.QtWidgets import QApplication, QTextEdit

    app = QApplication(["qtfield"])
    field = QTextEdit()
    field.setAcceptRichText(False)
    field.setWindowTitle("receiver qt")
    field.resize(500, 300)
    timer = QTimer(singleShot=True, interval=5)
    timer.timeout.connect(lambda: replace(path, field.toPlainText()))
    field.textChanged.connect(lambda: timer.isActive() or timer.start())
    field.show()
    replace(path, "")
    app.exec_()


def tty(path):
    import tty as terminal

    terminal.setraw(0)
    with open(path, "wb", buffering=0) as file:
        os.write(1, b"receiver\r\n")
        while True:
            data = os.read(0, 65536)
            if not data:
                break
            file.write(data)
            os.write(1, data.replace(b"\r", b"\r\n"))


if __name__ == "__main__":
    {f.__name__: f for f in (gtk, qt, tty, watcher, deaf, stall, holds, manager, grab)}[sys.argv[1]](sys.argv[2])
