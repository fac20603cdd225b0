package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tocsin/rules"
)

// manyRows are as large as the states of alerts are, in no order.
func manyRows(n int) []rules.Row {
	rows := make([]rules.Row, n)
	random := rand.New(rand.NewPCG(1, 2))
	for i, j := range random.Perm(n) {
		rows[i] = rules.Row{Kind: rules.KindState, Key: fmt.Sprintf("ApiLatencyP95\x00{instance=\"host-%06d\"}", j), Value: map[string]any{
			"labels": map[string]string{
				"alertname": "ApiLatencyP95", "instance": fmt.Sprintf("host-%06d", j), "job": "api", "route": "/upload", "team": "web",
			},
			"level": "warn", "since": 1_700_000_000_000 + j, "value": "0.35", "bound": "0.3", "episode": fmt.Sprintf("%016x", random.Uint64()),
		}}
	}
	return rows
}

func BenchmarkCommit100000(b *testing.B) {
	rows := manyRows(100_000)
	for b.Loop() {
		b.StopTimer()
		s := open(b, b.TempDir())
		b.StartTimer()
		if err := s.Commit(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkCommit10(b *testing.B) {
	s := open(b, b.TempDir())
	defer func() { _ = s.Close() }()
	rows := manyRows(10)
	for i := 0; b.Loop(); i++ {
		for j := range rows {
			rows[j].Value = i
		}
		if err := s.Commit(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenAndLoad100000(b *testing.B) {
	dir := b.TempDir()
	s := open(b, dir)
	if err := s.Commit(b.Context(), manyRows(100_000)); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := open(b, dir)
		n := 0
		if err := s.Load(b.Context(), func(rules.Stored) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad100000(b *testing.B) {
	s := open(b, b.TempDir())
	defer func() { _ = s.Close() }()
	if err := s.Commit(b.Context(), manyRows(100_000)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		if err := s.Load(b.Context(), func(rules.Stored) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
}
