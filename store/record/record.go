// Package record is the form in which every store keeps rows: encoded, each key
// once, in order.
//
// It never keeps anything itself. What all stores must do alike is done here, so
// that they cannot differ in it.
package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"tocsin/rules"
)

// A Record is a row as it is kept. A nil Value deletes; any other is JSON.
type Record struct {
	Kind  string
	Key   string
	Value []byte
}

// Of encodes the rows of one commit. Of the rows with one key only the last
// comes back, since rows are absolute; the order is that of Compare.
func Of(rows []rules.Row) ([]Record, error) {
	last := Latest(rows)
	records := make([]Record, 0, len(last))
	for _, row := range last {
		r := Record{Kind: row.Kind, Key: row.Key}
		if row.Value != nil {
			b, err := json.Marshal(row.Value)
			if err != nil {
				return nil, fmt.Errorf("encode %s row %q: %w", row.Kind, row.Key, err)
			}
			r.Value = b
		}
		records = append(records, r)
	}
	slices.SortFunc(records, Compare)
	return records, nil
}

// Latest returns the last row of each key, in no particular but fixed order.
func Latest(rows []rules.Row) []rules.Row {
	type id struct{ kind, key string }
	at := make(map[id]int, len(rows))
	last := make([]rules.Row, 0, len(rows))
	for _, row := range rows {
		k := id{row.Kind, row.Key}
		if i, ok := at[k]; ok {
			last[i] = row
			continue
		}
		at[k] = len(last)
		last = append(last, row)
	}
	return last
}

// Compare orders records by kind, then by key, byte by byte.
func Compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}
