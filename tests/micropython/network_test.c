/// Sockets, TLS and asyncio over the host's network, between two ends that are both in the script.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "support_board.h"

static struct board board;

// ---- a name server that does not answer ----

static atomic_bool answers;
static atomic_int asked;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *wanted,
                struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (strcmp(name, "slow") == 0) {
        atomic_fetch_add(&asked, 1);
        while (!atomic_load(&answers))
            usleep(1000);
        atomic_fetch_sub(&asked, 1);
        return EAI_NONAME;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(name, service, wanted, found);
}

static unsigned descriptors(void) {
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static int prepare(void **state) {
    (void)state;
    board_prepare(&board);
    board_start(&board, NULL, NULL, NULL);
    board_prints(&board,
                 "import socket, network, select, asyncio, errno\n"
                 "nic = network.WINC()\n"
                 "def server():\n"
                 "  s = socket.socket(); port = 20000\n"
                 "  while True:\n"
                 "    try: s.bind(('127.0.0.1', port)); s.listen(); return s, port\n"
                 "    except OSError as e: port += 1; s.close(); s = socket.socket()\n",
                 "");
    return 0;
}

static int clean(void **state) {
    (void)state;
    board_clean(&board);
    return 0;
}

static void tcp(void **state) {
    (void)state;
    board_prints(&board,
                 "s, port = server()\nc = socket.socket()\nc.connect(('127.0.0.1', port))\n"
                 "d, a = s.accept()\nprint(a[0], c.send(b'hello'), d.recv(100), d.write(b'back'), "
                 "c.read(4))\n"
                 "d.close(); print(c.recv(10), c.recv(10))",
                 "127.0.0.1 5 b'hello' 4 b'back'\r\nb'' b''\r\n");
    board_raises(&board, "c.settimeout(0.01); s.settimeout(0.01); s.accept()",
                 "OSError: [Errno 110] ETIMEDOUT");
    board_raises(&board, "s.setblocking(False); s.accept()", "OSError: [Errno 11] EAGAIN");
    board_raises(&board, "s.close(); s.accept()", "OSError");
    board_raises(&board, "c = socket.socket(); c.connect(('127.0.0.1', port))",
                 "OSError: [Errno 111] ECONNREFUSED");
    board_raises(&board, "socket.socket(socket.AF_INET6).bind(('127.0.0.1', 0))", "OSError");
}

static void udp(void **state) {
    (void)state;
    board_prints(
        &board,
        "a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(('127.0.0.1', 20500))\n"
        "b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "print(b.sendto(b'datagram', ('127.0.0.1', 20500)))\nt, w = a.recvfrom(100)\n"
        "print(t, w[0], a.sendto(b'answer', w), b.recv(100))",
        "8\r\nb'datagram' 127.0.0.1 6 b'answer'\r\n");
}

static void needs_the_module(void **state) {
    (void)state;
    board_soft_reset(&board);
    board_raises(&board, "import socket; socket.socket().connect(('127.0.0.1', 1))",
                 "OSError: no available NIC");
    board_raises(&board, "import network; n = network.WINC(); n.connect('')",
                 "OSError: SSID can't be empty!");
    board_raises(&board, "n.connect('net')", "OSError: Key can't be empty!");
    board_raises(&board, "network.WINC(network.WINC.MODE_P2P)",
                 "OSError: WiFi mode is not supported!");
    board_prints(&board,
                 "print(n.isconnected()); n.connect('net', 'secret'); "
                 "print(n.isconnected(), len(n.ifconfig()), n.ipconfig('addr4')[0] == "
                 "n.ifconfig()[0], n.netinfo()[2])",
                 "False\r\nTrue 4 True net\r\n");
}

static void names(void **state) {
    (void)state;
    board_prints(&board,
                 "print(socket.getaddrinfo('127.0.0.1', 80)[0][-1], "
                 "socket.getaddrinfo('localhost', 1)[0][-1])",
                 "('127.0.0.1', 80) ('127.0.0.1', 1)\r\n");
    board_raises(&board, "socket.getaddrinfo('x' * 300, 1)", "OSError");
}

/// A reset does not wait for the answer, and what was asked does not stay behind; nor when a callback
/// asks while its script does.
static void names_and_resets(void **state) {
    (void)state;
    atomic_store(&answers, false);
    unsigned before = descriptors();
    for (int i = 0; i < 10; i++) {
        board_run(&board, "import socket, network, micropython; nic = network.WINC()\n"
                          "def f(x): socket.getaddrinfo('slow', 1)");
        int until = atomic_load(&asked) + 2;
        board_type(&board, "micropython.schedule(f, 0); f(0)\x04");
        for (int ms = 0; ms < 10000 && atomic_load(&asked) < until; ms++)
            usleep(1000);
        assert_int_equal(atomic_load(&asked), until);
        ib_vm_reset(board.vm, IB_VM_RESET_SOFT);
        board_expect(&board, "MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>");
    }
    atomic_store(&answers, true);
    for (int ms = 0; ms < 10000 && descriptors() > before; ms++)
        usleep(1000);
    assert_int_equal(descriptors(), before);
}

static void polling(void **state) {
    (void)state;
    board_prints(
        &board,
        "s, port = server(); p = select.poll(); p.register(s, select.POLLIN)\n"
        "print(p.poll(0), p.poll(10))\nc = socket.socket(); c.connect(('127.0.0.1', port))\n"
        "print(len(p.poll()), s.accept()[1][0])",
        "[] []\r\n1 127.0.0.1\r\n");
}

static void asyncio_server(void **state) {
    (void)state;
    board_prints(
        &board,
        "async def serve(r, w):\n  w.write(b'[' + await r.readline() + b']'); await w.drain(); "
        "w.close(); await w.wait_closed()\n"
        "async def ask(port, n):\n  r, w = await asyncio.open_connection('127.0.0.1', port)\n"
        "  w.write(b'%d\\n' % n); await w.drain()\n  t = await r.read(-1); w.close(); await "
        "w.wait_closed(); return t\n"
        "async def main():\n  s, port = server(); s.close()\n"
        "  await asyncio.start_server(serve, '127.0.0.1', port)\n"
        "  print(await asyncio.gather(*(ask(port, n) for n in range(4))))\n"
        "asyncio.run(main())",
        "[b'[0\\n]', b'[1\\n]', b'[2\\n]', b'[3\\n]']\r\n");
}

static void tls(void **state) {
    (void)state;
    board_prints(&board,
                 "import ssl; c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); "
                 "print(len(c.get_ciphers()) > 10, c.verify_mode)",
                 "True 0\r\n");
    // Somebody who does not speak it.
    board_raises(&board,
                 "s, port = server(); a = socket.socket(); a.connect(('127.0.0.1', port)); b = "
                 "s.accept()[0]\n"
                 "b.write(b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'); c.wrap_socket(a)",
                 "OSError: (-29184, 'SSL - An invalid SSL record was received')");
}

int main(void) {
#define BOARD_TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        BOARD_TEST(tcp),
        BOARD_TEST(udp),
        BOARD_TEST(needs_the_module),
        BOARD_TEST(names),
        BOARD_TEST(polling),
        BOARD_TEST(asyncio_server),
        BOARD_TEST(tls),
        BOARD_TEST(names_and_resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
