#!/bin/busybox sh
# shellcheck shell=dash source-path=SCRIPTDIR
# redis with its own benchmark: ten clients set and get small values over the loopback interface.
. /hartscope/workloads/common.sh

ifconfig lo 127.0.0.1 up
redis-server --save "" --appendonly no --loglevel warning > /tmp/redis.log 2>&1 &
server=$!
tries=0
until echo PING | nc 127.0.0.1 6379 2> /dev/null | grep -q PONG; do
	tries=$((tries + 1))
	[ $tries -le 100 ] || fail "redis-server does not answer: $(cat /tmp/redis.log)"
	usleep 100000
done
said=$(redis-benchmark -n 2000 -c 10 -t set,get --csv) || fail "$said"
for test in SET GET; do
	name=$(echo "$test" | tr SETG setg)
	figure "redis_$name" requests_per_second "$(echo "$said" | sed -n "s/^\"$test\",\"\([0-9.]*\)\".*/\1/p")"
done
kill $server
wait $server
