package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/e2e/hook"
	"tocsin/rules"
	"tocsin/store"
	"tocsin/store/sqlite"
)

// series is how many of load there are; each is a group of its own. The first
// few never change, so that they are told once in all.
const (
	series = 7
	steady = 2
)

// The levels of the truth.
const (
	isOK = iota
	isWarn
	isError
)

func levelNames() []string { return []string{isOK: "resolved", isWarn: "warn", isError: "error"} }

// lag is how old the truth may be that a message tells when it arrives: a
// scrape, an evaluation, the waits of the group and of the lanes.
const lag = 2 * time.Second

// A truth is what each series was, since when. One goroutine sets and reads it.
type truth struct{ turns [][]turn }

type turn struct {
	at    time.Time
	level int
}

func newTruth() *truth { return &truth{turns: make([][]turn, series)} }

func (h *truth) set(i, level int, at time.Time) {
	h.turns[i] = append(h.turns[i], turn{at, level})
}

func (h *truth) now(i int) int { return h.turns[i][len(h.turns[i])-1].level }

// again reports whether the series was at the level, left it and came back to
// it between two times.
func (h *truth) again(i int, level string, from, until time.Time) bool {
	stays, inside := 0, false
	for n, turn := range h.turns[i] {
		is := levelNames()[turn.level] == level
		over := n+1 < len(h.turns[i]) && h.turns[i][n+1].at.Before(from)
		if is && !inside && !over && turn.at.Before(until) {
			stays++
		}
		inside = is && !over
	}
	return stays > 1
}

// late is how long after a kill a post that was under way may still arrive.
const late = 200 * time.Millisecond

// A death is a kill, with the deliveries that the store held as under way. The
// rows and the log are for who looks into a failure.
type death struct {
	at      time.Time
	flights []string
	rows    []string
	said    string
}

// autopsy reads a copy of the store, so that it is the daemon that recovers the
// real one.
func autopsy(t *testing.T, dir string) (d death) {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"tocsin.db", "tocsin.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(context.Background(), "tocsin.db", copied, store.Options{
		Damaged: func(d sqlite.Damage) { t.Errorf("a kill damaged the store: %+v", d) },
	})
	if err != nil {
		t.Fatalf("the store after a kill: %v", err)
	}
	defer s.Close()
	err = s.Load(context.Background(), func(row rules.Stored) error {
		if row.Kind == rules.KindFlight {
			d.flights = append(d.flights, row.Key)
		}
		d.rows = append(d.rows, fmt.Sprintf("%s %q %s", row.Kind, row.Key, row.Value))
		return nil
	})
	if err != nil {
		t.Fatalf("the store after a kill: %v", err)
	}
	return d
}

// A history is all that was seen from outside.
type history struct {
	posts  []hook.Post
	deaths []death
	truth  *truth
}

// verify holds the history to what is promised.
func (h history) verify(t *testing.T) {
	t.Helper()
	for _, wrong := range h.violations() {
		t.Error(wrong)
	}
	met, ids := 0, map[string]bool{}
	for _, d := range h.deaths {
		if len(d.flights) > 0 {
			met++
		}
	}
	for _, p := range h.posts {
		ids[p.ID] = true
	}
	t.Logf("%d kills, %d with a delivery under way; %d posts, %d of them repeats",
		len(h.deaths), met, len(h.posts), len(h.posts)-len(ids))
	if met < len(h.deaths)/20 {
		t.Errorf("only %d of %d kills met a delivery under way: the test proves little", met, len(h.deaths))
	}
}

// violations names all that should not be in the history.
func (h history) violations() (wrong []string) {
	for i := range series {
		var posts []hook.Post
		for _, p := range h.posts {
			if p.Message.Alerts[0].Labels["i"] == fmt.Sprint(i) {
				posts = append(posts, p)
			}
		}
		wrong = append(wrong, h.wrongIDs(i, posts)...)
		wrong = append(wrong, h.wrongNews(i, posts)...)
	}
	return wrong
}

// wrongIDs: an id names one content, and comes again only if it was refused, or
// if a kill met it under way.
func (h history) wrongIDs(i int, posts []hook.Post) (wrong []string) {
	last := map[string]hook.Post{}
	for _, p := range posts {
		before, again := last[p.ID]
		last[p.ID] = p
		if p.ID == "" {
			wrong = append(wrong, "a post without an id: "+says(p))
		}
		if !again {
			continue
		}
		if diff := cmp.Diff(before.Message, p.Message); diff != "" {
			wrong = append(wrong, "id "+p.ID+" named two contents:\n"+diff)
		}
		if refused := before.Status != 0 && before.Status != 200; !refused && !h.metUnderWay(p.ID, before.At, p.At) {
			wrong = append(wrong, fmt.Sprintf("%s (%s) was taken at %s and sent again at %s, and no kill met it under way",
				p.ID, says(p), clock(before.At), clock(p.At))+h.evidence(i, before.At, p.At))
		}
	}
	return wrong
}

// metUnderWay reports whether a kill between two times found the delivery in the
// store as under way.
func (h history) metUnderWay(id string, from, until time.Time) bool {
	return slices.ContainsFunc(h.deaths, func(d death) bool {
		return d.between(from, until) && slices.Contains(d.flights, id)
	})
}

// wrongNews: each new id brings news. One that says what the last one said is
// only right if the truth left that level and came back to it, and people were
// not told of that: a kill took the message along, it was refused, or it came
// and went.
func (h history) wrongNews(i int, posts []hook.Post) (wrong []string) {
	last, was, episode := hook.Post{Status: 200}, "resolved", "" // that all is well, people know
	for _, p := range posts {
		alert := p.Message.Alerts[0]
		is := standing(alert)
		if p.ID != last.ID && is == was {
			untold := h.killed(last.At, p.At) || last.Status != 200 || (is != "resolved" && alert.Episode != episode)
			if !untold || !h.truth.again(i, is, last.At.Add(-lag), p.At) {
				wrong = append(wrong, fmt.Sprintf("%q came at %s as %s (episode %s) and is no news at %s as %s (episode %s)%s",
					says(p), clock(last.At), last.ID, episode, clock(p.At), p.ID, alert.Episode, h.evidence(i, last.At, p.At)))
			}
		}
		last, was, episode = p, is, alert.Episode
	}
	return wrong
}

func (h history) killed(from, until time.Time) bool {
	return slices.ContainsFunc(h.deaths, func(d death) bool { return d.between(from, until) })
}

// evidence is what is known of the kills between two posts about a series.
func (h history) evidence(i int, from, until time.Time) string {
	var b strings.Builder
	for _, turn := range h.truth.turns[i] {
		if turn.at.After(from.Add(-lag)) && turn.at.Before(until) {
			fmt.Fprintf(&b, "\n  %s turned %s", clock(turn.at), levelNames()[turn.level])
		}
	}
	for _, d := range h.deaths {
		if !d.between(from, until) {
			continue
		}
		fmt.Fprintf(&b, "\n  %s killed, under way %q", clock(d.at), d.flights)
		for _, line := range append(d.rows, strings.Split(d.said, "\n")...) {
			if quoted := fmt.Sprint(`"`, i, `"`); strings.Contains(strings.ReplaceAll(line, `\`, ""), quoted) {
				b.WriteString("\n    " + line)
			}
		}
	}
	return b.String()
}

// between reports whether the kill came between the arrivals of two posts.
func (d death) between(from, until time.Time) bool {
	return d.at.Add(late).After(from) && d.at.Before(until)
}

func clock(t time.Time) string { return t.Format("15:04:05.000") }
