// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The device /dev/hartscope: its open files, the blocks that read() returns, and its ioctls.
 * Each call of hv's function READ is an exit, and this exit writes further records to the trace. If readers called hv
 * all the time, the trace would mostly show the reading itself. So each open file reads in passes over all harts, with
 * a pause after each pass. After a pass with many slots, the pause becomes shorter. After a pass with few slots, it
 * becomes longer. */
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "fanout.h"

#define LEAST_PAUSE max(HZ / 1000, 1)
#define MOST_PAUSE (HZ / 10)

/** One open file. It reads in passes. A pass reads all slots of one hart after the other. After a pass, there is a
 * pause. */
struct reader {
	struct mutex lock; /* protects all fields below, except `flush`, `wait` and `timer` */
	struct fanout_reader *fanout;
	bool in_pass;
	unsigned int hart;              /* index of the hart that the pass reads next */
	u64 got;                        /* number of slots that the pass has read from that hart */
	u64 most;                       /* maximum number of slots that the pass has read from one hart */
	unsigned long pause, next_pass; /* in jiffies: length of the pause, and time of the next pass */
	bool flush;                     /* whether the next pass is to begin at once */
	wait_queue_head_t wait;
	struct timer_list timer; /* wakes up poll() when the next pass is due */
};

static bool is_due(const struct reader *reader)
{
	return reader->in_pass || READ_ONCE(reader->flush) || time_after_eq(jiffies, READ_ONCE(reader->next_pass));
}

static int wait_for_pass(struct reader *reader, bool may_wait)
{
	while (!is_due(reader)) {
		if (!may_wait)
			return -EAGAIN;
		long left = (long)(reader->next_pass - jiffies);
		if (wait_event_interruptible_timeout(reader->wait, READ_ONCE(reader->flush), max(left, 1L)) < 0)
			return -ERESTARTSYS;
	}
	if (!reader->in_pass) {
		WRITE_ONCE(reader->flush, false);
		reader->in_pass = true;
		reader->hart = 0;
		reader->got = 0;
		reader->most = 0;
	}
	return 0;
}

/** Ends a pass, and adapts the pause. The next pass must begin before the ring is full. So the pause is halved if the
 * pass has found more than a quarter of the slots that a pass can find at most. The pause is doubled if the pass has
 * found less than a sixteenth of these slots. */
static void end_pass(struct reader *reader)
{
	reader->in_pass = false;
	if (reader->most > fanout_most() / 4)
		reader->pause = max_t(unsigned long, reader->pause / 2, LEAST_PAUSE);
	else if (reader->most < fanout_most() / 16)
		reader->pause = min_t(unsigned long, reader->pause * 2, MOST_PAUSE);
	WRITE_ONCE(reader->next_pass, jiffies + reader->pause);
}

/** Counts slots of the present hart. Goes on to the next hart if this hart has no more slots, or if the pass has
 * already read as many slots of this hart as a ring holds. Otherwise, a pass would never end if a hart writes faster
 * than the pass reads. */
static void count_slots(struct reader *reader, const struct monitor_slots *slots)
{
	reader->got += slots->count;
	reader->most = max(reader->most, reader->got);
	if (slots->more && reader->got < fanout_info.slots_per_hart)
		return;
	reader->hart++;
	reader->got = 0;
}

/** Copies the next slots of the present hart to user space. @return the bytes of the block, 0 if there are no slots, or
 * a negative error */
static ssize_t read_block(struct reader *reader, char __user *buffer)
{
	struct monitor_slots slots;
	struct hartscope_block block = { .hart = reader->hart };
	int error = fanout_fetch(reader->fanout, reader->hart, &slots, &block.lost);
	if (error)
		return error;

	count_slots(reader, &slots);
	if (slots.count == 0)
		return 0;
	block.first = slots.first;
	block.slots = (u32)slots.count;
	block.length = (u32)(sizeof(block) + TRACE_SLOT_BYTES * slots.count);
	if (copy_to_user(buffer, &block, sizeof(block)) ||
	    copy_to_user(buffer + sizeof(block), slots.bytes, TRACE_SLOT_BYTES * slots.count)) {
		fanout_drop(reader->fanout, block.hart, &slots, block.lost);
		return -EFAULT;
	}
	return block.length;
}

/** Reads until the buffer is full or the pass is over. @return the number of bytes. If no byte was read, @return 0 or a
 * negative error */
static ssize_t read_blocks(struct reader *reader, char __user *buffer, size_t size)
{
	size_t done = 0;
	while (reader->hart < fanout_harts()) {
		if (size - done < HARTSCOPE_BLOCK_BYTES)
			return (ssize_t)done;
		ssize_t bytes = read_block(reader, buffer + done);
		if (bytes < 0) {
			end_pass(reader);
			return done ? (ssize_t)done : bytes;
		}
		done += (size_t)bytes;
	}
	end_pass(reader);
	return (ssize_t)done;
}

static ssize_t device_read(struct file *file, char __user *buffer, size_t size, loff_t *offset)
{
	struct reader *reader = file->private_data;
	bool may_wait = !(file->f_flags & O_NONBLOCK);
	if (size < HARTSCOPE_BLOCK_BYTES)
		return -EINVAL;
	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;

	ssize_t done = 0;
	while (done == 0) {
		done = wait_for_pass(reader, may_wait);
		if (done == 0)
			done = read_blocks(reader, buffer, min_t(size_t, size, INT_MAX));
	}
	mutex_unlock(&reader->lock);
	return done;
}

static void end_poll(struct timer_list *timer)
{
	wake_up(&container_of(timer, struct reader, timer)->wait);
}

static __poll_t device_poll(struct file *file, poll_table *table)
{
	struct reader *reader = file->private_data;
	poll_wait(file, &reader->wait, table);
	if (is_due(reader))
		return EPOLLIN | EPOLLRDNORM;
	mod_timer(&reader->timer, READ_ONCE(reader->next_pass));
	return 0;
}

static int device_open(struct inode *inode, struct file *file)
{
	struct reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);
	if (!reader)
		return -ENOMEM;
	reader->fanout = fanout_open();
	if (!reader->fanout) {
		kfree(reader);
		return -ENOMEM;
	}
	mutex_init(&reader->lock);
	init_waitqueue_head(&reader->wait);
	timer_setup(&reader->timer, end_poll, 0);
	reader->pause = MOST_PAUSE / 10;
	reader->next_pass = jiffies;
	file->private_data = reader;
	return stream_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	struct reader *reader = file->private_data;
	timer_delete_sync(&reader->timer);
	fanout_close(reader->fanout);
	kfree(reader);
	return 0;
}

static long ioctl_info(void __user *user)
{
	struct hartscope_info *info = kmalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	long error = monitor_info(info);
	if (!error && copy_to_user(user, info, sizeof(*info)))
		error = -EFAULT;
	kfree(info);
	return error;
}

static long ioctl_stat(void __user *user)
{
	struct hartscope_hart_stat *stat = kmalloc(sizeof(*stat), GFP_KERNEL);
	long error = stat ? 0 : -ENOMEM;
	if (!error && copy_from_user(&stat->hart, user, sizeof(stat->hart)))
		error = -EFAULT;
	if (!error && stat->hart >= fanout_harts())
		error = -EINVAL;
	if (!error)
		error = monitor_stat(fanout_info.hart_ids[stat->hart], &stat->stat);
	if (!error && copy_to_user(user, stat, sizeof(*stat)))
		error = -EFAULT;
	kfree(stat);
	return error;
}

static long ioctl_control(struct file *file, void __user *user)
{
	struct hartscope_control control;
	if (copy_from_user(&control, user, sizeof(control)))
		return -EFAULT;
	if (control.which && !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	long error = fanout_control(&control);
	if (!error && copy_to_user(user, &control, sizeof(control)))
		error = -EFAULT;
	return error;
}

static long ioctl_mark(void __user *user)
{
	struct hartscope_mark mark;
	if (copy_from_user(&mark, user, sizeof(mark)))
		return -EFAULT;
	return monitor_mark(mark.id, mark.value);
}

static long ioctl_flush(struct reader *reader)
{
	WRITE_ONCE(reader->flush, true);
	wake_up(&reader->wait);
	return 0;
}

static long ioctl_skip(struct reader *reader)
{
	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	long error = fanout_skip(reader->fanout);
	mutex_unlock(&reader->lock);
	return error;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *user = (void __user *)argument;
	switch (command) {
	case HARTSCOPE_IOCTL_INFO:
		return ioctl_info(user);
	case HARTSCOPE_IOCTL_CTRL:
		return ioctl_control(file, user);
	case HARTSCOPE_IOCTL_STAT:
		return ioctl_stat(user);
	case HARTSCOPE_IOCTL_SYNC:
		return monitor_sync();
	case HARTSCOPE_IOCTL_MARK:
		return ioctl_mark(user);
	case HARTSCOPE_IOCTL_FLUSH:
		return ioctl_flush(file->private_data);
	case HARTSCOPE_IOCTL_SKIP:
		return ioctl_skip(file->private_data);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.poll = device_poll,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hartscope",
	.mode = 0600,
	.fops = &operations,
};

static int __init hartscope_init(void)
{
	int error = fanout_start();
	if (error)
		return error;
	error = misc_register(&device);
	if (error)
		fanout_stop();
	return error;
}

static void __exit hartscope_exit(void)
{
	misc_deregister(&device);
	fanout_stop();
}

module_init(hartscope_init);
module_exit(hartscope_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("The trace and the counters of the hartscope monitor");
