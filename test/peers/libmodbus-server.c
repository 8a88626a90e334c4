/* A Modbus server by libmodbus, a peer that this project did not write.

   usage: libmodbus-server tcp PORT [REGISTERS] | serial PATH UNIT

   It has 16 coils, 16 discrete inputs and 40,000 (or REGISTERS) registers of both kinds, all 0. Over TCP it serves every unit, on a
   serial line (9600 8N1) the one that is named. Lines on stdin set values: `inputs 3 1`, `holding 4 2900`; each is answered by
   `set …`. Each write by a master is told on stdout: `wrote 5 0 1`.

   gcc -O2 -o libmodbus-server libmodbus-server.c -lmodbus */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static modbus_t *context;
static modbus_mapping_t *mapping;

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, modbus_strerror(errno));
    exit(1);
}

/* Tells what a master has just written: function, address, values as they stand now. */
static void tell(const uint8_t *query)
{
    const uint8_t *pdu = query + modbus_get_header_length(context);
    int function = pdu[0];
    int address = pdu[1] << 8 | pdu[2];
    int count = function == 15 || function == 16 ? pdu[3] << 8 | pdu[4] : 1;

    if (function != 5 && function != 6 && function != 15 && function != 16)
        return;
    int bits = function == 5 || function == 15;
    if (address + count > (bits ? mapping->nb_bits : mapping->nb_registers))
        return;
    printf("wrote %d %d", function, address);
    for (int i = 0; i < count; i++)
        printf(" %d", bits ? mapping->tab_bits[address + i] : mapping->tab_registers[address + i]);
    printf("\n");
}

/* One line of stdin. */
static void set(char *line)
{
    char said[4096];
    line[strcspn(line, "\n")] = 0;
    snprintf(said, sizeof said, "%s", line);
    char *table = strtok(line, " ");
    char *place = strtok(NULL, " ");
    char *value;
    if (!table || !place)
        return;
    for (int at = atoi(place); (value = strtok(NULL, " ")) != NULL; at++) {
        int number = atoi(value);
        if (!strcmp(table, "coils") && at < mapping->nb_bits)
            mapping->tab_bits[at] = number;
        else if (!strcmp(table, "inputs") && at < mapping->nb_input_bits)
            mapping->tab_input_bits[at] = number;
        else if (!strcmp(table, "holding") && at < mapping->nb_registers)
            mapping->tab_registers[at] = number;
        else if (!strcmp(table, "input") && at < mapping->nb_input_registers)
            mapping->tab_input_registers[at] = number;
    }
    printf("set %s\n", said);
}

/* What is complete of stdin; it is read by hand, since select does not see what stdio has buffered. */
static int obey(void)
{
    static char held[4096];
    static size_t length;
    ssize_t got = read(STDIN_FILENO, held + length, sizeof held - 1 - length);
    if (got <= 0)
        return 0;
    length += (size_t)got;
    held[length] = 0;
    char *end;
    while ((end = strchr(held, '\n')) != NULL) {
        char line[4096];
        size_t taken = (size_t)(end - held) + 1;
        memcpy(line, held, taken);
        line[taken] = 0;
        set(line);
        memmove(held, held + taken, length - taken + 1);
        length -= taken;
    }
    return 1;
}

/* One request on a descriptor; 0 when its far end is gone. */
static int answer(int descriptor, int serial)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_set_socket(context, descriptor);
    int length = modbus_receive(context, query);
    if (length > 0) {
        /* A change is there before its answer is: whoever hears that goes on at once. */
        modbus_reply(context, query, length, mapping);
        tell(query);
        return 1;
    }
    /* On a serial line: a frame for another unit (0), or one that is broken. */
    return serial || length == 0;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int serial = !strcmp(argv[1], "serial");
    int registers = !serial && argc > 3 ? atoi(argv[3]) : 40000;
    setvbuf(stdout, NULL, _IOLBF, 0);
    context = serial ? modbus_new_rtu(argv[2], 9600, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argv[2]));
    mapping = modbus_mapping_new(16, 16, registers, registers);
    if (!context || !mapping)
        die("no server");

    int listening = -1;
    fd_set open;
    FD_ZERO(&open);
    FD_SET(STDIN_FILENO, &open);
    int highest = STDIN_FILENO;
    if (serial) {
        if (modbus_set_slave(context, argc > 3 ? atoi(argv[3]) : 1) || modbus_connect(context))
            die(argv[2]);
        highest = modbus_get_socket(context);
        FD_SET(highest, &open);
    } else {
        highest = listening = modbus_tcp_listen(context, 16);
        if (listening < 0)
            die(argv[2]);
        FD_SET(listening, &open);
    }
    printf("started\n");

    for (;;) {
        fd_set ready = open;
        if (select(highest + 1, &ready, NULL, NULL, NULL) < 0)
            die("select");
        if (FD_ISSET(STDIN_FILENO, &ready) && !obey())
            return 0;
        for (int descriptor = STDERR_FILENO + 1; descriptor <= highest; descriptor++) {
            if (!FD_ISSET(descriptor, &ready))
                continue;
            if (descriptor == listening) {
                int fresh = modbus_tcp_accept(context, &listening);
                if (fresh < 0)
                    die("accept");
                FD_SET(fresh, &open);
                highest = fresh > highest ? fresh : highest;
            } else if (!answer(descriptor, serial)) {
                close(descriptor);
                FD_CLR(descriptor, &open);
            }
        }
    }
}
