# A rough value of the shelves: what is on hand times what the last delivery cost.
# awk -f contrib/value.awk shop.journal
$2 == "in" { n[$3] += $4; cost[$3] = $5 }
$2 == "out" { n[$3] -= $4 }
END { for (sku in n) { sum += n[sku] * cost[sku] } printf "%.2f\n", sum }
