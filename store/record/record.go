// Package record is the form in which every store keeps rows: encoded, each key
// once, in order.
//
// It never keeps anything itself. What all stores must do alike is done here, so
// that they cannot differ in it.
package record

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
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
	records := make([]Record, 0, len(rows))
	for some, err := range Chunks(rows, 1) {
		if err != nil {
			return nil, err
		}
		r := some[0]
		r.Value = bytes.Clone(r.Value)
		records = append(records, r)
	}
	return records, nil
}

// Chunks is Of that encodes so many rows at a time: in a storm, the JSON of all
// that has changed would be as much again as what it is made of. A chunk and the
// values in it are valid until the next. After an error there is none.
func Chunks(rows []rules.Row, size int) iter.Seq2[[]Record, error] {
	return func(yield func([]Record, error) bool) {
		var records []Record
		var values []byte
		for some := range slices.Chunk(latest(rows), size) {
			records, values = records[:0], values[:0]
			for _, i := range some {
				r, err := encode(rows[i], &values)
				if err != nil {
					yield(nil, err)
					return
				}
				records = append(records, r)
			}
			if !yield(records, nil) {
				return
			}
		}
	}
}

// encode makes a record whose value is behind others in the memory of values. Where
// that has to grow, those before stay where they are.
func encode(row rules.Row, values *[]byte) (Record, error) {
	r := Record{Kind: row.Kind, Key: row.Key}
	if row.Value == nil {
		return r, nil
	}
	begin := len(*values)
	b, err := rules.Append(*values, row.Value)
	if err != nil {
		return r, fmt.Errorf("encode %s row %q: %w", row.Kind, row.Key, err)
	}
	*values, r.Value = b, b[begin:len(b):len(b)]
	return r, nil
}

// latest returns where the last row of each key is, by kind and key, byte by byte.
func latest(rows []rules.Row) []int32 {
	all := make([]int32, len(rows))
	for i := range all {
		all[i] = int32(i)
	}
	slices.SortFunc(all, func(a, b int32) int { return cmp.Or(compareRows(rows[a], rows[b]), cmp.Compare(a, b)) })
	last := all[:0]
	for n, i := range all {
		if n+1 == len(all) || compareRows(rows[i], rows[all[n+1]]) != 0 {
			last = append(last, i)
		}
	}
	return last
}

func compareRows(a, b rules.Row) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}

// Compare orders records by kind, then by key, byte by byte.
func Compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}
