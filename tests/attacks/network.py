"""Calling somebody who listens. Nothing here leaves the machine: the listeners are the test's."""

from .attack import HandIn, attack


@attack(stock="succeeds")
def calls_a_service_on_the_loopback_device(student: HandIn) -> None:
    """A database, a notebook server, another kernel: all of them listen there."""
    student.first(
        f"""
        import socket
        with socket.create_connection(("127.0.0.1", {student.world.port}), timeout=2) as line:
            line.sendall(b"{student.student}")
        """
    )


@attack(stock="succeeds")
def calls_an_abstract_socket(student: HandIn) -> None:
    """It has no file, so no mount hides it."""
    student.first(
        f"""
        import socket
        with socket.socket(socket.AF_UNIX) as line:
            line.connect("\\0" + {student.world.abstract!r})
            line.sendall(b"{student.student}")
        """
    )


@attack(stock="succeeds")
def calls_a_socket_in_the_file_system(student: HandIn) -> None:
    """As a container service or a desktop session has."""
    student.first(
        f"""
        import socket
        with socket.socket(socket.AF_UNIX) as line:
            line.connect({student.world.socket!r})
            line.sendall(b"{student.student}")
        """
    )


@attack(stock="succeeds")
def sees_the_network(student: HandIn) -> None:
    """Devices beside the loopback one lead out; a loopback device that is up leads to others."""
    student.first(
        """
        import socket
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("192.0.2.1", 9))  # sends nothing; works only where there is a route
            print("HARM: there is a way out")
        """
    )
