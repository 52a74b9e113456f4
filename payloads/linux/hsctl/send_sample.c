/* hsctl send on the host, for tests of the program that puts the file together again (machines/sent_file.py). */
#include "payloads/linux/hsctl/command.h"

int main(int argc, char **argv)
{
	return command_send(argc, argv);
}
