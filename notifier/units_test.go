package notifier

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/rules"
)

func TestSaid(t *testing.T) {
	warn, err := saying(rules.Warn, false), saying(rules.Error, false)
	flapping := saying(rules.Warn, true)
	for _, tt := range []struct {
		name     string
		said     said
		level    rules.Level
		flapping bool
		want     News
		was      rules.Level
	}{
		{"nothing was told", nothing, rules.Warn, false, New, rules.OK},
		{"what was told is true", warn, rules.Warn, false, Same, rules.Warn},
		{"it got worse", warn, rules.Error, false, Raised, rules.Warn},
		{"it got better", err, rules.Warn, false, Lowered, rules.Error},
		{"it begins to flap", warn, rules.Warn, true, FlapBegan, rules.Warn},
		{"it ceases to flap", flapping, rules.Warn, false, FlapEnded, rules.Warn},
		{"worse and flapping is worse", warn, rules.Error, true, Raised, rules.Warn},
		{"a first message in doubt is told again", nothing | warn, rules.Warn, false, New, rules.OK},
		{"a raise in doubt is told again", warn | err, rules.Error, false, Raised, rules.Warn},
		{"a raise in doubt, and back", warn | err, rules.Warn, false, Lowered, rules.Error},
		{"a flap in doubt is told again", warn | flapping, rules.Warn, true, FlapBegan, rules.Warn},
		{"an end in doubt, and it fires", nothing | err, rules.Error, false, New, rules.OK},
		{"all is in doubt", nothing | warn | err, rules.Warn, true, New, rules.OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.said.news(tt.level, tt.flapping)
			if was := tt.said.was(got, tt.level); got != tt.want || was != tt.was {
				t.Errorf("news %s, was %s; want %s, was %s", got, was, tt.want, tt.was)
			}
		})
	}
}

// TestSaidOwesUntilSure: whatever the doubt, there is news; once it is told for
// sure, there is none.
func TestSaidOwesUntilSure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := nothing
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			s |= saying(rules.Level(rapid.IntRange(0, 2).Draw(t, "said")), rapid.Bool().Draw(t, "flapping"))
		}
		if rapid.Bool().Draw(t, "told before") && s != nothing {
			s &^= nothing
		}
		l, flapping := rules.Level(rapid.IntRange(1, 2).Draw(t, "level")), rapid.Bool().Draw(t, "flaps")
		now := saying(l, flapping)
		if got := s.news(l, flapping); (got == Same) != (s == now) {
			t.Errorf("%06b, true is %06b: %s", s, now, got)
		}
	})
}

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, n := rapid.String().Draw(t, "id"), rapid.IntRange(1, 10_000).Draw(t, "failures")
		asked := time.Duration(rapid.Int64Range(0, int64(2*giveUpAfter)).Draw(t, "asked"))
		got := Backoff(id, n, asked)
		if got != Backoff(id, n, asked) {
			t.Error("not the same twice")
		}
		if got < min(asked, giveUpAfter) {
			t.Errorf("%s is less than %s, which the service asked for", got, asked)
		}
		full := firstBackoff << min(n-1, 9)
		full = min(full, mostRetry)
		if own := Backoff(id, n, 0); own > full || own < full*4/5 {
			t.Errorf("attempt %d: %s is not within a fifth below %s", n, own, full)
		}
	})
}

// TestBackoffSpreads: those that failed together do not return together.
func TestBackoffSpreads(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 100 {
		seen[Backoff(strings.Repeat("x", i), 5, 0)] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d different waits out of 100", len(seen))
	}
}

// A card is an element of a queue.
type card struct{ rank, slot int }

func (c *card) before(other *card) bool { return c.rank < other.rank }
func (c *card) place() *int             { return &c.slot }

// TestQueue compares the queue with a sorted list.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue[*card]
		cards := make([]*card, rapid.IntRange(1, 30).Draw(t, "cards"))
		for i := range cards {
			cards[i] = &card{}
		}
		in := map[*card]bool{}
		for n := range rapid.IntRange(0, 100).Draw(t, "moves") {
			c := rapid.SampledFrom(cards).Draw(t, "card")
			if rapid.Bool().Draw(t, "remove") {
				q.remove(c)
				delete(in, c)
				continue
			}
			c.rank = rapid.IntRange(0, 50).Draw(t, "rank")*1000 + n
			q.put(c)
			in[c] = true
		}
		var want, got []int
		for c := range in {
			want = append(want, c.rank)
		}
		slices.Sort(want)
		for q.len() > 0 {
			c := q.pop()
			if c.slot != 0 {
				t.Error("what was taken out believes that it is in")
			}
			got = append(got, c.rank)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestWords: what people read has words, and what is unknown shows its number.
func TestWords(t *testing.T) {
	seen := map[string]bool{}
	for g := Pass; g <= GateProbe; g++ {
		if s := g.String(); strings.HasPrefix(s, "Gate(") || seen[s] {
			t.Errorf("gate %d: %q", g, s)
		}
		seen[g.String()] = true
	}
	for v := Told; v <= Failed; v++ {
		if s := v.String(); strings.HasPrefix(s, "Verdict(") || seen[s] {
			t.Errorf("verdict %d: %q", v, s)
		}
		seen[v.String()] = true
	}
	if got := Gate(99).String() + Verdict(99).String(); got != "Gate(99)Verdict(99)" {
		t.Error(got)
	}
}

// TestRestoreRefuses: a row that is of no use is named, and harms no other.
func TestRestoreRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		row  rules.Stored
		want string
	}{
		{"a value cut short", rules.Stored{Kind: rules.KindGroup, Key: "g", Value: []byte(`{"group"`)}, `group "g": `},
		{"a key without its parts", rules.Stored{Kind: rules.KindTold, Key: "x", Value: []byte(`{}`)}, `told: key "x"`},
		{"a kind of somebody else", rules.Stored{Kind: rules.KindState, Key: "x"}, `unknown kind "state"`},
		{"a level that is none", rules.Stored{
			Kind: rules.KindTold, Key: "a\x00b\x00c", Value: []byte(`{"entry":{"was":"awful"}}`),
		}, `unknown level "awful"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := NewPlanner("test").Restore(tt.row)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzRestore: whatever a damaged store holds, the planner starts, tells what is
// true and keeps its books.
func FuzzRestore(f *testing.F) {
	f.Add("told", "hook:x\x00root:{}\x00cpu\x00a", []byte(`{"said":4,"entry":{"alert":{"rule":"cpu","instance":"a","notify":"warn"}}}`))
	f.Add("told", "hook:x\x00nowhere\x00cpu\x00b", []byte(`{"said":255,"next":{"rule":"cpu"},"under":{}}`))
	f.Add("group", "root:{}", []byte(`{"group":{"key":"root:{}","route":"root"},"flushed":1e3,"lanes":[{"integration":"hook:x"}]}`))
	f.Add("group", "root:{}", []byte(`{"group":{"key":"root:{}","route":"root"},"born":9e9,"flushed":8888888888,"lanes":[{"integration":"hook:x","lastTold":-99999999999999}]}`))
	f.Add("flight", "id", []byte(`{"delivery":{"id":"id","integration":"hook:x","group":{"key":"root:{}"}},"aloft":true}`))
	f.Add("flight", "id", []byte(`{"delivery":{"id":"id","integration":"hook:x","group":{"key":"root:{}"}},"firing":[{"rule":"cpu","instance":"a","more":["b","1","c"]}],"aloft":true}`))
	f.Fuzz(func(t *testing.T, kind, key string, value []byte) {
		w := newWorld(t)
		w.store["row"] = rules.Stored{Kind: kind, Key: key, Value: value}
		if NewPlanner("test").Restore(w.store["row"]) != nil {
			return
		}
		s := &script{world: w, replies: map[string]reply{}, names: map[string]string{}, next: emptyConfig()}
		s.onSend = s.sent
		s.run("rule cpu\nreceiver team hook:x\nroute root receiver=team interval=1m\nstart\nready cpu\nraise cpu z warn\nwait 1h")
		if !strings.Contains(s.out.String(), "new cpu/z warn") {
			t.Errorf("what is true was not told:\n%s", s.out.String())
		}
	})
}
