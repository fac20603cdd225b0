package notifier

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/evaluator"
	"tocsin/rules"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// TestTranscripts runs the scripts of testdata. Each is a text, then commands in
// `in`; `out` repeats them with what came of each.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newScript(t).run(string(a.Files[0].Data))
			if *update {
				a.Files = []txtar.File{a.Files[0], {Name: "out", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) < 2 || got != string(a.Files[1].Data) {
				t.Errorf("%s: got\n%s", file, got)
			}
		})
	}
}

// A script is a world that is moved by commands and writes down what happens.
type script struct {
	*world
	out     strings.Builder
	next    *rules.Config // being written
	replies map[string]reply
	names   map[string]string // short names of deliveries, by id
	seen    int               // decisions written
	last    Delivery
	hidden  evaluator.Alert
}

type reply struct {
	s     Settled
	once  bool
	after time.Duration
	held  bool
}

func newScript(t *testing.T) *script {
	s := &script{world: newWorld(t), replies: map[string]reply{}, names: map[string]string{}}
	s.next = emptyConfig()
	s.onSend = s.sent
	return s
}

func emptyConfig() *rules.Config {
	return &rules.Config{Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"}}
}

func (s *script) run(in string) string {
	for line := range strings.Lines(in) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			fmt.Fprintln(&s.out, line)
			continue
		}
		fmt.Fprintf(&s.out, "> %s\n", line)
		words := strings.Fields(line)
		s.do(words[0], words[1:])
		s.writeDecisions()
		s.checkBooks()
	}
	return s.out.String()
}

func (s *script) do(command string, args []string) {
	pos, opt := options(args)
	switch command {
	case "config":
		s.next = emptyConfig()
	case "rule":
		r := &rules.Rule{Key: pos[0], Alert: pos[0], Interval: s.duration(opt, "interval", time.Minute)}
		if opt["schedule"] != "" {
			r.Interval, r.Schedule = 0, &rules.Schedule{}
		}
		s.next.Rules = append(s.next.Rules, r)
	case "drop": // alert_relabel_configs that drop a label's value
		s.next.AlertRelabel = append(s.next.AlertRelabel, &relabel.Config{
			SourceLabels: model.LabelNames{model.LabelName(pos[0])}, Regex: relabel.MustNewRegexp(pos[1]), Action: relabel.Drop,
			NameValidationScheme: model.UTF8Validation,
		})
	case "external":
		s.next.ExternalLabels = labels.FromStrings(pos...)
	case "receiver":
		s.receiver(pos[0], pos[1:])
	case "route":
		s.route(pos[0], opt)
	case "start": // also after a crash: what is in the air is lost sight of
		s.restart(s.next)
	case "dead": // the process is, for a while; a start follows
		s.now = s.now.Add(s.span(pos[0]))
	case "reload":
		s.reload(s.next)
	case "wait":
		s.wait(s.span(pos[0]))
	case "fallback": // fallback RECEIVER OTHER after=…
		for i := range s.next.Receivers {
			if r := &s.next.Receivers[i]; r.Name == pos[0] {
				r.Fallback, r.FallbackAfter = pos[1], s.duration(opt, "after", 0)
			}
		}
	case "budget": // budget RECEIVER MAX WINDOW
		for i := range s.next.Receivers {
			if r := &s.next.Receivers[i]; r.Name == pos[0] {
				n, err := strconv.Atoi(pos[1])
				if err != nil {
					s.t.Fatal(err)
				}
				r.Budget = rules.Budget{Max: n, Window: s.span(pos[2])}
			}
		}
	case "self":
		s.next.SelfReceiver = pos[0]
	case "inhibit":
		s.next.Inhibit = append(s.next.Inhibit, s.inhibit(pos, opt))
	case "reply":
		s.replies[pos[0]] = s.answer(pos[1], opt)
	case "settle":
		s.settleNamed(pos[0], s.answer(pos[1], opt).s)
	default:
		s.event(command, pos, opt)
	}
}

func (s *script) event(command string, pos []string, opt map[string]string) {
	switch command {
	case "raise", "lower":
		for _, instance := range strings.Split(pos[1], ",") {
			s.change(pos[0], instance, s.level(pos[2]), s.dress(opt))
		}
	case "resolve":
		for _, instance := range strings.Split(pos[1], ",") {
			s.change(pos[0], instance, rules.OK, nil)
		}
	case "flapping":
		s.change(pos[0], pos[1], s.level(pos[2]), func(a *evaluator.Alert) { a.Flapping = true })
	case "held": // below, but what is notified is latched
		s.change(pos[0], pos[1], s.level(pos[2]), func(a *evaluator.Alert) { a.Notify = s.level(pos[3]) })
	case "stable":
		s.change(pos[0], pos[1], s.level(pos[2]), func(a *evaluator.Alert) { a.Flapping = false })
	case "ready":
		for _, rule := range pos {
			s.p.Ready(s.now, rule)
		}
	case "hide": // an alert from the start, to be seeded later
		s.hidden = s.alerts[pos[0]+"\x00"+pos[1]]
		delete(s.alerts, pos[0]+"\x00"+pos[1])
	case "seed":
		s.alerts[pos[0]+"\x00"+pos[1]] = s.hidden
		s.p.Seed(s.hidden)
	case "forget": // the state of the evaluator is lost with a crash
		delete(s.alerts, pos[0]+"\x00"+pos[1])
	case "silence", "unsilence", "ack", "unack":
		s.people(command, pos, opt)
	case "alerts":
		s.p.Alerts(func(a AlertView) {
			fmt.Fprintf(&s.out, "  %s %s silenced %v inhibited %v muted %v to %v\n", a.Labels, a.Alert.Notify, a.SilencedBy, a.InhibitedBy, a.MutedBy, a.Receivers)
		})
	case "troubles":
		for _, x := range s.p.Troubles() {
			fmt.Fprintf(&s.out, "  %s of %s failing %v: %s\n", x.Integration, x.Receiver, x.Failing, x.Error)
		}
	case "silences":
		s.p.Silences(func(x SilenceStatus) {
			fmt.Fprintf(&s.out, "  %s %s until %s holds %d\n", x.ID, x.State(s.now), s.clock(x.EndsAt), x.Matching)
		})
	case "mark":
		s.p.Mark(strings.Join(pos[1:], " "), pos[0] == "on")
	case "late": // the driver is held up
		s.now = s.now.Add(s.span(pos[0]))
		s.step()
		s.wait(0)
	case "shift":
		s.p.Shift(s.span(pos[0]))
		s.now = s.now.Add(s.span(pos[0]))
	case "labels": // of what was sent last
		for _, e := range append(s.last.Firing, s.last.Resolved...) {
			fmt.Fprintf(&s.out, "  %s\n", e.Labels)
		}
	case "lanes":
		s.p.Lanes(func(l LaneState) {
			fmt.Fprintf(&s.out, "  %s %s: %s, told %d, owed %d\n", l.Group.Key, l.Integration, l.Gate, l.Told, l.Owed)
		})
	case "next":
		next, ok := s.p.Next()
		fmt.Fprintf(&s.out, "  %v %s\n", ok, s.clock(next))
	case "rows":
		fmt.Fprintf(&s.out, "  %d rows\n", len(s.store))
	case "stats":
		x := s.p.Stats()
		fmt.Fprintf(&s.out, "  changes %d = delivered %d + collapsed %d + suppressed %d + failed %d + waiting %d; reminders %d; stood in %d; in flight %d; queued %d\n",
			x.Changes, x.Delivered, x.Collapsed, x.Suppressed, x.Failed, x.Waiting, x.Reminders, x.StoodIn, x.InFlight, x.Queued)
	default:
		s.t.Fatalf("unknown command %q", command)
	}
	s.commit()
}

func (s *script) dress(opt map[string]string) func(*evaluator.Alert) {
	return func(a *evaluator.Alert) {
		b := labels.NewBuilder(a.Labels)
		for k, v := range opt {
			switch k {
			case "has":
				a.Has = 1 << s.level(v)
			case "severity":
				a.FixedSeverity = v
			default:
				b.Set(k, v)
			}
		}
		a.Labels = b.Labels()
		a.Name = a.Labels.Get(labels.AlertName)
	}
}

func options(args []string) (pos []string, opt map[string]string) {
	opt = map[string]string{}
	for _, a := range args {
		if k, v, ok := strings.Cut(a, "="); ok {
			opt[k] = v
		} else {
			pos = append(pos, a)
		}
	}
	return pos, opt
}

func (s *script) span(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *script) duration(opt map[string]string, name string, otherwise time.Duration) time.Duration {
	if v, ok := opt[name]; ok {
		return s.span(v)
	}
	return otherwise
}

func (s *script) level(text string) rules.Level {
	l, err := rules.ParseLevel(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// receiver reads `receiver team slack:web email:ops/quiet hook:x/paced`.
func (s *script) receiver(name string, integrations []string) {
	r := rules.Receiver{Name: name}
	for _, text := range integrations {
		key, extra, _ := strings.Cut(text, "/")
		kind, _, _ := strings.Cut(key, ":")
		in := rules.Integration{Key: key, Kind: kind, Receiver: name, SendResolved: extra != "quiet", Timeout: 10 * time.Second}
		switch extra {
		case "paced":
			in.Lane, in.LaneEvery = key, time.Second
		case "threads":
			in.Threads = true
		case "incident":
			in.Incident = true
		case "forward":
			in.Resend = time.Minute
		}
		r.Integrations = append(r.Integrations, in)
	}
	s.next.Receivers = append(s.next.Receivers, r)
}

// route reads `route ID receiver=… in=PARENT match=name:value by=a,b wait=…`.
func (s *script) route(id string, opt map[string]string) {
	r := &rules.Route{
		ID: id, Receiver: opt["receiver"],
		GroupWait:      s.duration(opt, "wait", 30*time.Second),
		GroupInterval:  s.duration(opt, "interval", 5*time.Minute),
		RepeatInterval: s.duration(opt, "repeat", 4*time.Hour),
		RepeatBackoff:  opt["backoff"] != "", Continue: opt["continue"] != "",
		GroupBy: strings.FieldsFunc(opt["by"], func(r rune) bool { return r == ',' }),
	}
	if opt["match"] != "" {
		r.Matchers = s.matchers(opt["match"])
	}
	if to := opt["escalate"]; to != "" { // RECEIVER:AFTER:LEVEL
		parts := strings.Split(to, ":")
		r.Escalate = []rules.Escalation{{To: parts[0], After: s.span(parts[1]), Level: s.level(parts[2])}}
	}
	if opt["mute"] != "" {
		r.MuteTimes = []*rules.Times{s.daily(opt["mute"])}
	}
	if s.next.Route == nil {
		s.next.Route = r
		return
	}
	s.next.Route.Routes = append(s.next.Route.Routes, r)
}

func (s *script) answer(outcome string, opt map[string]string) reply {
	r := reply{once: opt["once"] != "", after: s.duration(opt, "after", 0), held: outcome == "held"}
	for o := Delivered; o <= Unknown; o++ {
		if o.String() == outcome {
			r.s.Outcome = o
		}
	}
	r.s.RetryAfter = s.duration(opt, "retry", 0)
	r.s.Handle = opt["handle"]
	if outcome == "gone" {
		r.s.Outcome, r.s.Gone = Rejected, true
	}
	if opt["left"] != "" {
		r.s.Left = strings.Split(opt["left"], ",")
	}
	if r.s.Outcome != Delivered {
		r.s.Error = "as the script says"
	}
	return r
}

func (s *script) clock(t model.Time) string { return t.Sub(epoch).String() }

func (s *script) sent(x Send) {
	d := x.Delivery
	s.last = d
	if s.names[d.ID] == "" {
		s.names[d.ID] = fmt.Sprintf("#%d", len(s.names)+1)
	}
	fmt.Fprintf(&s.out, "  %s %s to %s/%s in %s: %s\n", s.clock(s.now), s.names[d.ID], d.Receiver, d.Integration, d.Group.Key, deliveryText(d))
}

// wait lets time pass; receivers answer as they were told to, at once if not.
func (s *script) wait(d time.Duration) {
	until := s.now.Add(d)
	for {
		s.answerAll()
		next, ok := s.p.Next()
		if at, due := s.nextAnswer(); due && (!ok || at < next) {
			next, ok = at, true
		}
		if !ok || next > until {
			break
		}
		s.now = max(s.now, next)
		s.answerAll()
		s.step()
	}
	s.now = until
}

func (s *script) due(x Send) (model.Time, bool) {
	r := s.replyOf(x)
	return x.Deadline.Add(-10 * time.Second).Add(r.after), !r.held
}

func (s *script) replyOf(x Send) reply {
	if r, ok := s.replies[x.Delivery.Integration]; ok {
		return r
	}
	return reply{s: Settled{Outcome: Delivered}}
}

func (s *script) nextAnswer() (at model.Time, ok bool) {
	for _, x := range s.flying {
		if t, is := s.due(x); is && (!ok || t < at) {
			at, ok = t, true
		}
	}
	return at, ok
}

func (s *script) answerAll() {
	for _, x := range append([]Send(nil), s.flying...) {
		if at, ok := s.due(x); ok && at <= s.now {
			reply := s.replyOf(x)
			if reply.once {
				delete(s.replies, x.Delivery.Integration)
			}
			r := reply.s
			r.ID, r.Attempt = x.Delivery.ID, x.Delivery.Attempt
			if r.Outcome == Delivered && r.Handle == "" && s.threads(x.Delivery) {
				r.Handle = s.names[r.ID]
			}
			s.end(r)
		}
	}
}

// threads reports whether a delivery makes a message that can be edited.
func (s *script) threads(d Delivery) bool {
	for _, r := range s.cfg.Receivers {
		for _, in := range r.Integrations {
			if in.Key == d.Integration {
				return in.Threads && d.Effect == Post
			}
		}
	}
	return false
}

func (s *script) end(r Settled) {
	if r.Outcome != Delivered || len(r.Left) > 0 {
		fmt.Fprintf(&s.out, "  %s %s %s\n", s.clock(s.now), s.names[r.ID], r.Outcome)
	}
	s.settle(r)
}

func (s *script) settleNamed(name string, r Settled) {
	for id, n := range s.names {
		if n == name {
			r.ID = id
		}
	}
	r.Attempt = 1
	for _, x := range s.flying {
		if x.Delivery.ID == r.ID {
			r.Attempt = x.Delivery.Attempt
		}
	}
	s.end(r)
}

// writeDecisions writes what was decided since the last command.
func (s *script) writeDecisions() {
	kinds := map[evaluator.ChangeKind]string{
		evaluator.Raise: "raise", evaluator.Lower: "lower", evaluator.Resolve: "resolve",
		evaluator.Flapping: "flapping", evaluator.Stable: "stable",
	}
	for ; s.seen < len(s.replay); s.seen++ {
		d := s.replay[s.seen]
		what := "nothing new"
		if r := d.Change; r != nil {
			what = fmt.Sprintf("%s %s/%s to %s", kinds[r.Kind], r.Rule, r.Instance, r.To)
		}
		fmt.Fprintf(&s.out, "  = %s for %s: %s", what, orNobody(d.Integration), d.Outcome)
		if d.Delivery != "" {
			fmt.Fprintf(&s.out, " by %s attempt %d", s.names[d.Delivery], d.Attempt)
		}
		if d.Why != "" {
			fmt.Fprintf(&s.out, " (%s)", d.Why)
		}
		fmt.Fprintln(&s.out)
	}
}

func orNobody(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}
