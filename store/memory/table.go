package memory

import (
	"slices"

	"tocsin/store/record"
)

// A table keeps values by kind and key. Its keys are sorted when they are read,
// since far more is written than read.
type table struct {
	values map[string]map[string][]byte
}

// put keeps a record, or deletes it if it has no value.
func (t *table) put(r record.Record) {
	if r.Value == nil {
		delete(t.values[r.Kind], r.Key)
		return
	}
	if t.values == nil {
		t.values = make(map[string]map[string][]byte)
	}
	if t.values[r.Kind] == nil {
		t.values[r.Kind] = make(map[string][]byte)
	}
	t.values[r.Kind][r.Key] = r.Value
}

// all returns the records of all kinds in order.
func (t *table) all() []record.Record {
	var rs []record.Record
	for kind, values := range t.values {
		for key, value := range values {
			rs = append(rs, record.Record{Kind: kind, Key: key, Value: value})
		}
	}
	slices.SortFunc(rs, record.Compare)
	return rs
}

// between returns the records of a kind with from <= key < until, in order.
func (t *table) between(kind, from, until string) []record.Record {
	var rs []record.Record
	for key, value := range t.values[kind] {
		if from <= key && key < until {
			rs = append(rs, record.Record{Kind: kind, Key: key, Value: value})
		}
	}
	slices.SortFunc(rs, record.Compare)
	return rs
}

// cut removes the records of a kind whose key is before a key.
func (t *table) cut(kind, before string) {
	for key := range t.values[kind] {
		if key < before {
			delete(t.values[kind], key)
		}
	}
}
