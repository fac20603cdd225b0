package engine

import (
	"fmt"

	"github.com/prometheus/common/model"
)

// HistoryKey returns the key of a row of history: it sorts by time, then by the
// order of adding. The salt tells apart rows of one millisecond and number that
// two processes wrote.
func HistoryKey(at model.Time, n uint64, salt string) string {
	return fmt.Sprintf("%013d-%06d-%s", int64(at), n%1_000_000, salt)
}

// HistoryFrom returns the key from which the history at and after a time begins.
func HistoryFrom(at model.Time) string { return fmt.Sprintf("%013d", int64(at)) }
