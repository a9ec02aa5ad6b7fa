#!/bin/sh
# The scripted agent of `git agent issue --simulate good|bad` and of `git agent heal`: reads its prompt as a real one does, then writes a
# small percentage discount with its own test. Good subtracts the percentage; bad subtracts the number itself, a
# plausible mistake: it reads well and prints 190 where 180 is right.
set -eu

how=$1
cat >/dev/null
mkdir -p git-agent-demo

case $how in
good) formula='price - price * percent / 100' ;;
converging)
	# Bad at first; what the checks say then is enough.
	if [ -e git-agent-demo/discount.sh ]; then
		formula='price - price * percent / 100'
	else
		formula='price - percent'
	fi
	;;
*) formula='price - percent' ;;
esac

cat >git-agent-demo/discount.sh <<EOF
#!/bin/sh
# discount <price> <percent>: prints the price after the discount.
price=\$1
percent=\$2
echo \$(($formula))
EOF
chmod +x git-agent-demo/discount.sh

cat >git-agent-demo/test-discount.sh <<'EOF'
#!/bin/sh
# What the discount must print.
cd "$(dirname "$0")" || exit 1
failed=0
check() {
	got=$(./discount.sh "$1" "$2")
	if [ "$got" = "$3" ]; then
		echo "ok: discount $1 $2 prints $3"
	else
		echo "FAILED: discount $1 $2 printed $got, expected $3"
		failed=1
	fi
}
check 200 10 180
check 80 25 60
check 50 0 50
exit $failed
EOF
chmod +x git-agent-demo/test-discount.sh
echo "wrote git-agent-demo/discount.sh and its test"
