package engine

import (
	"cmp"
	"slices"

	"tocsin/notifier"
	"tocsin/rules"
)

// Order puts the inputs of one millisecond into the order in which they are to
// be stepped, so that the order of arrival decides nothing: first what changes
// time and rules, then what people did, then results by id, then answers by id, then Elapsed. Both
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
	case Silenced:
		return 3, in.ID, uint64(max(in.UpdatedAt, 0))
	case Unsilenced:
		return 4, in.ID, 0
	case Acked:
		return 5, firstAck(in.Acks), 0
	case Unacked:
		return 6, firstAlert(in.Alerts), 0
	case Degraded:
		return 7, "", 0
	case Settled:
		return 8, in.ID, uint64(max(in.Attempt, 0))
	case Answered:
		return 9, "", uint64(in.ID)
	case Elapsed:
		return 10, "", 0
	case Stopping:
		return 11, "", 0
	}
	return 12, "", 0
}

// firstAck orders acknowledgements by the alert that they begin with, then by who
// made them: two people may take the same alert on at once.
func firstAck(acks []rules.Ack) string {
	if len(acks) == 0 {
		return ""
	}
	return acks[0].Rule + "\x00" + acks[0].Instance + "\x00" + acks[0].By + "\x00" + acks[0].Comment
}

func firstAlert(alerts []notifier.AlertID) string {
	if len(alerts) == 0 {
		return ""
	}
	return alerts[0].Rule + "\x00" + alerts[0].Instance
}
