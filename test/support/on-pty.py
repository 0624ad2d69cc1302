"""Runs a command on a terminal of its own: on-pty.py COLUMNS ROWS COMMAND...

What the command writes comes out as one JSON text a line. Each line on stdin is an order as JSON: {"type": "..."} types,
{"columns": 60, "rows": 20} gives the terminal another size. Ends with the exit code of the command.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios


def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
child, fd = pty.fork()
if child == 0:
    size(0, columns, rows)
    os.execvp(command[0], command)
watched, typed, text = [fd, 0], b"", b""
while True:
    ready = select.select(watched, [], [])[0]
    if 0 in ready:
        found = os.read(0, 65536)
        if not found:
            watched.remove(0)
        *orders, typed = (typed + found).split(b"\n")
        for order in map(json.loads, orders):
            if "type" in order:
                os.write(fd, order["type"].encode())
            else:
                size(fd, order["columns"], order["rows"])
                os.kill(child, signal.SIGWINCH)
    if fd in ready:
        try:
            found = os.read(fd, 65536)
        except OSError:
            break
        if not found:
            break
        text += found
        whole = text.decode("utf-8", "ignore")
        # A sign can be cut in two.
        text = text[len(whole.encode()):]
        print(json.dumps(whole), flush=True)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
