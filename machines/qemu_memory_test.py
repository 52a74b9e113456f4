"""Tests qemu_memory.py and qemu_arguments.py: how QEMU's arguments for the guest's RAM are combined with the user's
arguments."""

import tempfile
import unittest
from pathlib import Path

from machines import qemu_arguments, qemu_memory
from cli.failure import Failure

RAM = Path("/scratch/ram")
TWO_NODES = [
    "-object", "memory-backend-ram,id=m0,size=256M", "-object", "memory-backend-ram,id=m1,size=128M,prealloc=on",
    "-numa", "node,nodeid=0,memdev=m0,cpus=0-1", "-numa", "node,nodeid=1,memdev=m1,cpus=2-3",
]  # fmt: skip


def line(extra: list[str], nodes: int | None = None, harts: int = 4) -> list[str]:
    """Returns all arguments for QEMU that result from the user's arguments."""
    layout = qemu_memory.layout(extra, nodes, harts)
    return [*layout.arguments(RAM), *qemu_memory.others(extra, layout)]


class OnePiece(unittest.TestCase):
    def test_ram_is_a_file_that_the_host_shares(self) -> None:
        expected = ["-object", "memory-backend-file,id=ram,size=536870912,mem-path=/scratch/ram,share=on"]
        self.assertEqual(line(["-cpu", "max"]), [*expected, "-machine", "memory-backend=ram", "-cpu", "max"])

    def test_sizes_have_the_same_meaning_as_in_qemu(self) -> None:
        for text, size in (("64", 64 << 20), ("64M", 64 << 20), ("size=1G", 1 << 30), ("2g", 2 << 30), ("4096K", 4 << 20)):
            self.assertEqual(qemu_memory.layout(["-m", text], None, 1).size, size)
            self.assertEqual(qemu_memory.layout(["--m", text], None, 1).size, size)

    def test_a_size_that_is_not_a_number_with_a_unit_is_refused(self) -> None:
        for text in ("lots", "1.5G", "1G,slots=2"):
            with self.assertRaisesRegex(Failure, f"-m {text}"):
                qemu_memory.layout(["-m", text], None, 1)

    def test_the_file_replaces_the_backend_that_the_users_machine_argument_names(self) -> None:
        extra = ["-object", "memory-backend-memfd,id=mine,size=64M,hugetlb=off,merge=off", "-machine", "virt,memory-backend=mine"]
        expected = "memory-backend-file,id=mine,size=67108864,mem-path=/scratch/ram,share=on,merge=off"
        self.assertEqual(line(extra), ["-object", expected, "-machine", "virt,memory-backend=mine"])


class OwnNodes(unittest.TestCase):
    def test_the_memory_of_each_node_is_a_part_of_the_file_in_the_order_of_addresses(self) -> None:
        self.assertEqual(line(TWO_NODES), [
            "-object", "memory-backend-file,id=m0,size=268435456,mem-path=/scratch/ram,share=on",
            "-object", "memory-backend-file,id=m1,size=134217728,mem-path=/scratch/ram,share=on,offset=268435456,prealloc=on",
            *TWO_NODES[4:],
        ])  # fmt: skip

    def test_the_numbers_of_the_nodes_determine_the_order(self) -> None:
        swapped = [word.replace("nodeid=0", "nodeid=9").replace("nodeid=1", "nodeid=0") for word in TWO_NODES]
        self.assertEqual([part.name for part in qemu_memory.layout(swapped, None, 4).parts], ["m1", "m0"])

    def test_options_with_two_dashes_and_json_values_are_accepted(self) -> None:
        extra = ["--object", '{"qom-type": "memory-backend-ram", "id": "m0", "size": 4096, "prealloc": true}']
        extra += ["--numa", '{"type": "node", "nodeid": 0, "memdev": "m0", "cpus": [0, 1]}', "--numa", "dist,src=0,dst=1,val=20"]
        expected = "memory-backend-file,id=m0,size=4096,mem-path=/scratch/ram,share=on,prealloc=on"
        self.assertEqual(line(extra), ["-object", expected, *extra[2:]])

    def test_other_objects_of_the_user_remain(self) -> None:
        extra = ["-object", "memory-backend-ram,id=other,size=1M", "-object", "rng-random,id=m0", *TWO_NODES]
        self.assertEqual(line(extra)[4:8], extra[:4])

    def test_a_total_size_that_contradicts_the_nodes_is_refused(self) -> None:
        self.assertNotIn("-m", line(["-m", "384M", *TWO_NODES]))
        with self.assertRaisesRegex(Failure, "leave out -m"):
            line(["-m", "512M", *TWO_NODES])

    def test_the_error_for_memory_that_the_runner_cannot_provide_has_a_remedy(self) -> None:
        for extra, remedy in (
            (["-object", "memory-backend-file,id=m0,size=1M,mem-path=/x", "-numa", "node,memdev=m0"], "memory-backend-ram,id=m0"),
            (["-numa", "node,memdev=m0"], "no -object memory-backend-ram,id=m0"),
            (["-numa", "node,cpus=0"], "--numa-nodes=N alone"),
            (["-object", "size=1M,id=m0", "-numa", "node,memdev=m0"], "no -object memory-backend-ram,id=m0"),
            (["-numa", "node,memdev=m0,nodeid=first"], "nodeid=first is not the number of a node"),
        ):
            with self.subTest(extra=extra), self.assertRaisesRegex(Failure, remedy):
                line(extra)


class EvenNodes(unittest.TestCase):
    def test_harts_and_memory_are_divided_evenly(self) -> None:
        self.assertEqual(line(["-m", "64M"], nodes=2), [
            "-object", "memory-backend-file,id=ram0,size=33554432,mem-path=/scratch/ram,share=on",
            "-object", "memory-backend-file,id=ram1,size=33554432,mem-path=/scratch/ram,share=on,offset=33554432",
            "-numa", "node,nodeid=0,memdev=ram0,cpus=0-1", "-numa", "node,nodeid=1,memdev=ram1,cpus=2-3",
        ])  # fmt: skip

    def test_uneven_harts_and_memory_are_distributed_completely(self) -> None:
        layout = qemu_memory.layout([], 3, 5)
        self.assertEqual(layout.size, qemu_memory.DEFAULT_SIZE)
        self.assertEqual([part.size % qemu_memory.NODE_UNIT for part in layout.parts], [0, 0, 0])
        self.assertEqual([user.rpartition("=")[2] for user in layout.users[1::2]], ["0-0", "1-2", "3-4"])

    def test_a_node_without_a_hart_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "--numa-nodes=3: .* --harts=2"):
            line([], nodes=3, harts=2)

    def test_the_option_numa_nodes_is_refused_together_with_nodes_of_the_user(self) -> None:
        for extra in (TWO_NODES, ["-object", "memory-backend-ram,id=m,size=1M", "-machine", "memory-backend=m"]):
            with self.assertRaisesRegex(Failure, "give one of the two"):
                line(extra, nodes=2)

    def test_a_file_with_several_parts_has_its_full_size_before_qemu_starts(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "ram")
            qemu_memory.layout([], None, 1).make_file(file)
            self.assertFalse(file.exists())
            qemu_memory.layout([], 2, 2).make_file(file)
            self.assertEqual(file.stat().st_size, qemu_memory.DEFAULT_SIZE)


class Arguments(unittest.TestCase):
    def test_a_comma_in_a_value_is_doubled(self) -> None:
        found = qemu_arguments.properties("file,path=a,,b,on", "type")
        self.assertEqual(found, {"type": "file", "path": "a,b", "on": "on"})
        self.assertEqual(qemu_arguments.joined("file", {"path": "a,b"}), "file,path=a,,b")

    def test_semihosting_without_u_mode_is_detected(self) -> None:
        lacking = ("-semihosting", "--semihosting", "-semihosting-config enable=on,target=native", "-semihosting-config on")
        for words in lacking:
            self.assertTrue(qemu_arguments.lacks_semihosting(words.split()), words)
        config = "-semihosting-config"
        for words in ("", f"{config} enable=on,userspace=on", f"{config} enable=off", f"-semihosting {config} userspace=on"):
            self.assertFalse(qemu_arguments.lacks_semihosting(words.split()), words)


if __name__ == "__main__":
    unittest.main()
