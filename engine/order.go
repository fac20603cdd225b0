package engine

import (
	"cmp"
	"slices"
)

// Order puts the inputs of one millisecond into the order in which they are to
// be stepped, so that the order of arrival decides nothing: first what changes
// time and rules, then results by id, then answers by id, then Elapsed. Both
// drivers use it.
func Order(inputs []Input) {
	slices.SortStableFunc(inputs, func(a, b Input) int {
		ra, ia, na := rank(a)
		rb, ib, nb := rank(b)
		return cmp.Or(cmp.Compare(ra, rb), cmp.Compare(ia, ib), cmp.Compare(na, nb))
	})
}

func rank(in Input) (class int, id string, n uint64) {
	switch in := in.(type) {
	case Stepped:
		return 0, "", 0
	case Lost:
		return 1, in.Text, 0
	case Reloaded:
		return 2, "", 0
	case Degraded:
		return 3, "", 0
	case Settled:
		return 4, in.ID, uint64(max(in.Attempt, 0))
	case Answered:
		return 5, "", uint64(in.ID)
	case Elapsed:
		return 6, "", 0
	case Stopping:
		return 7, "", 0
	}
	return 8, "", 0
}
