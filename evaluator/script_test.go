package evaluator_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/evaluator"
	"tocsin/rules"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata")

// TestTranscripts plays testdata/*.txtar. A file has a rule (see patchRule) and
// a transcript: lines that begin with a blank are what comes out, the others are
// what goes in. A line in is one evaluation, an interval after the one before:
//
//	61                  the series without labels
//	a=61 b=NaN          the series {host="a"} and {host="b"}
//	{host=a,job=x}=61   a series as it is spelled
//	empty               an answer without series
//	partial a=90        an answer that may lack series
//	bad TEXT, exec TEXT, down TEXT     no answer
//	5 * a=61            the same five times; output of the last alone is shown,
//	                    and changes of all
//
// or something else that happens at the time of the one before:
//
//	skip 3              three evaluations that never happen
//	wait 7m             time that passes
//	room 2              the daemon has room for so many
//	reload warn above 90; error off
//	restart             rows through JSON into a new machine
//	restart 3m          … with a checkpoint that is older by so much
//	restarted error off …         with a rule that was edited meanwhile
//	forget, remove, end a
//	rows                the keys of the rows that were written since the last time
//	status              the rule's status
//	alerts              what people should know of
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { transcript(t, file) })
	}
}

func transcript(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rule *rules.Rule
	for n, f := range ar.Files {
		switch f.Name {
		case "rule":
			rule = patchRule(t, *thresholdRule(nil, nil), string(f.Data))
		case "transcript":
			got := newPlayer(t, rule).play(string(f.Data))
			if diff := cmp.Diff(string(f.Data), got); diff != "" && !*update {
				t.Errorf("%s differs (-want +got):\n%s", file, diff)
			}
			ar.Files[n].Data = []byte(got)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(ar), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A player plays one transcript.
type player struct {
	t       *testing.T
	rule    *rules.Rule
	m       *evaluator.Machine
	at      model.Time
	started bool
	room    int
	store   map[string][]byte
	written []string
	hosts   map[string]string // by key of the instance
	shown   map[string]string
	out     strings.Builder
}

func newPlayer(t *testing.T, rule *rules.Rule) *player {
	return &player{
		t: t, rule: rule, m: evaluator.New(rule), room: 1000,
		store: map[string][]byte{}, shown: map[string]string{}, hosts: map[string]string{},
	}
}

func (p *player) play(text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, " ") {
			continue
		}
		p.out.WriteString(line)
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		if f := strings.Fields(line); len(f) > 0 {
			p.do(f)
			p.save()
		}
	}
	return p.out.String()
}

func (p *player) do(f []string) {
	switch f[0] {
	case "skip":
		p.at = p.at.Add(time.Duration(number(p.t, f[1])) * p.rule.Interval)
	case "wait":
		p.at = p.at.Add(duration(p.t, f[1]))
	case "room":
		p.room = int(number(p.t, f[1]))
	case "reload":
		p.rule = patchRule(p.t, *p.rule, strings.ReplaceAll(strings.Join(f[1:], " "), ";", "\n"))
		p.tell(p.m.Reload(p.rule, p.at))
		p.show()
	case "restart":
		p.restart(f[1:])
	case "restarted":
		p.rule = patchRule(p.t, *p.rule, strings.ReplaceAll(strings.Join(f[1:], " "), ";", "\n"))
		p.restart(nil)
	case "forget":
		p.m.Forget()
	case "remove":
		p.tell(p.m.Remove(p.at))
	case "end":
		p.tell(p.m.End(p.keyOf(f[1]), p.at))
		p.show()
	case "rows":
		p.rows()
	case "status":
		s := p.m.Status()
		p.line("%s %q, last answer +%s, pending %d, warn %d, error %d, flapping %d",
			s.Health, s.Error, s.LastGood.Sub(0), s.Pending, s.Warning, s.Erring, s.Flapping)
	case "alerts":
		p.m.Alerts(func(a evaluator.Alert) {
			p.line("%s %s %s current %v", name(a), a.Notify, a.Labels, float64(a.Current))
			for _, n := range a.Annotations {
				p.line("  %s: %s", n.Name, n.Text)
			}
		})
	default:
		p.evaluate(f)
	}
}

// evaluate makes one or more evaluations.
func (p *player) evaluate(f []string) {
	times := 1
	if len(f) > 1 && f[1] == "*" {
		times = int(number(p.t, f[0]))
		f = f[2:]
	}
	for range times {
		if p.started {
			p.at = p.at.Add(p.rule.Interval)
		}
		p.started = true
		p.tell(p.m.Observe(evaluator.Observation{
			At: p.at, Interval: p.rule.Interval, Answer: p.answer(f), Room: p.room,
		}))
		p.save()
	}
	p.show()
}

func (p *player) answer(f []string) evaluator.Answer {
	a := evaluator.Answer{Parse: parse}
	outcomes := map[string]evaluator.Outcome{
		"empty": evaluator.Good, "partial": evaluator.Partial, "bad": evaluator.BadQuery,
		"exec": evaluator.Execution, "down": evaluator.Unavailable,
	}
	if o, ok := outcomes[f[0]]; ok {
		a.Outcome = o
		f = f[1:]
	}
	if a.Outcome > evaluator.Partial {
		a.Error = strings.Join(f, " ")
		return a
	}
	for _, s := range f {
		a.Samples = append(a.Samples, p.sample(s))
	}
	return a
}

func (p *player) sample(s string) evaluator.Sample {
	raw := ""
	if n := strings.LastIndex(s, "="); n >= 0 {
		raw, s = s[:n], s[n+1:]
		if spelled, ok := strings.CutPrefix(raw, "{"); ok {
			raw = strings.TrimSuffix(spelled, "}")
		} else {
			raw = "host=" + raw
		}
	}
	return evaluator.Sample{Raw: raw, Value: number(p.t, s)}
}

// save takes the rows to the store, as JSON.
func (p *player) save() {
	p.m.List(func(i evaluator.Instance) { p.hosts[i.Key] = host(i) })
	p.m.Rows(func(r rules.Row) {
		what := " written"
		if r.Value == nil {
			what = " deleted"
		}
		p.written = append(p.written, p.rowName(r)+what)
		storeRow(p.t, p.store, r)
	})
}

func (p *player) rowName(r rules.Row) string {
	if _, instance, ok := strings.Cut(r.Key, "\x00"); ok {
		return r.Kind + " " + p.hosts[instance]
	}
	return r.Kind
}

func (p *player) restart(f []string) {
	p.save()
	last := p.m.LastGood()
	if len(f) > 0 {
		last = last.Add(-duration(p.t, f[0]))
	}
	p.m = restored(p.t, p.rule, p.store, last)
	p.show()
}

// restored makes a machine of a rule out of what was stored.
func restored(t interface{ Fatal(...any) }, rule *rules.Rule, store map[string][]byte, last model.Time) *evaluator.Machine {
	m := evaluator.New(rule)
	for _, key := range sortedKeys(store) {
		kind, rest, _ := strings.Cut(key, " ")
		if err := m.Restore(rules.Stored{Kind: kind, Key: rest, Value: store[key]}); err != nil {
			t.Fatal(err)
		}
	}
	m.RestoreLast(last)
	return m
}

func sortedKeys(m map[string][]byte) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (p *player) rows() {
	for _, w := range p.written {
		p.line("%s", w)
	}
	p.written = nil
}

func (p *player) keyOf(want string) (key string) {
	p.m.List(func(i evaluator.Instance) {
		if host(i) == want {
			key = i.Key
		}
	})
	return key
}
