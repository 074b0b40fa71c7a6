"""Calls to services on this machine. They belong to the tests, so nothing leaves the machine."""

from .attack import HandIn, attack


@attack(stock="succeeds")
def calls_a_service_on_the_loopback_device(student: HandIn) -> None:
    """It calls a service on the loopback device, such as a database."""
    student.first(
        f"""
        import socket
        with socket.create_connection(("127.0.0.1", {student.world.port}), timeout=2) as line:
            line.sendall(b"{student.student}")
        """
    )


@attack(stock="succeeds")
def calls_an_abstract_socket(student: HandIn) -> None:
    """It calls a service on an abstract socket, which no mount can hide."""
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
    """It calls a service on a socket in the file system, such as a container service."""
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
    """It looks for a route to another machine."""
    student.first(
        """
        import socket
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("192.0.2.1", 9))  # sends nothing; works only where there is a route
            print("HARM: there is a way out")
        """
    )
