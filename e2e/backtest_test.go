package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/e2e/prom"
	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/evaluator/promapi"
	"tocsin/evaluator/promlocal"
	"tocsin/notifier"
	"tocsin/rules/file"
	"tocsin/store/memory"
)

// pastConfig has something of everything that decides what people are told.
const pastConfig = `
prometheus: http://127.0.0.1:1
rule_files: [rules.yaml]
route:
  receiver: team
  group_by: [alertname, job]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
    - matchers: [severity="critical"]
      receiver: phone
      continue: true
    - matchers: [alertname="Queue"]
      receiver: team
      mute_time_intervals: [nights]
receivers:
  - name: team
    slack_configs: [{channel: '#web', app_token: xoxb-1}]
    rate_limit: {window: 1h, max: 6}
  - name: phone
    webhook_configs: [{url: 'http://127.0.0.1:1/hook'}]
inhibit_rules:
  - source_matchers: [alertname="Down"]
    target_matchers: [alertname="Latency"]
    equal: [job]
time_intervals:
  - name: nights
    time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '07:00'}]}]
`

const pastRules = `
groups:
  - name: api
    interval: 15s
    rules:
      - alert: Latency
        expr: latency_seconds
        unit: seconds
        warn: {above: 300ms, clear: 250ms, for: 2m}
        error: {above: 500ms, clear: 400ms, for: 3 of 5}
        keep_firing_for: 3m
        flap: {raises: 4, within: 1h}
        annotations: {summary: 'p95 of {{ $labels.route }} is {{ $value | humanizeDuration }}'}
      - alert: Down
        expr: up == 0
        for: 3m
        labels: {severity: critical}
      - alert: Errors
        expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m]))
        unit: ratio
        warn: {above: 2%, for: 1m}
        error: {above: 10%, for: 1m}
  - name: queue
    interval: 1m
    rules:
      - alert: Queue
        expr: queue_depth
        warn: {outside: [10, 90], clear: [20, 80], for: 5m}
        absent: {after: 10m, then: warn}
`

// A pastSeries is a series of the week that is lived through.
type pastSeries struct {
	name   string // with labels
	metric string
	at     func(step int) (float64, bool)
}

const (
	pastStep = 15 * time.Second
	pastWeek = 7 * 24 * time.Hour
)

// pastWorld makes up a week. Spells of trouble come at random, long and short.
func pastWorld() []pastSeries {
	spells := func(seed uint64, every, length int) func(int) bool {
		r := rand.New(rand.NewPCG(seed, 1))
		bad := map[int]bool{}
		for at := r.IntN(every); at < int(pastWeek/pastStep); at += 1 + r.IntN(2*every) {
			for n := range 1 + r.IntN(length) {
				bad[at+n] = true
			}
		}
		return func(step int) bool { return bad[step] }
	}
	noise := func(seed uint64, step int) float64 {
		return rand.New(rand.NewPCG(seed, uint64(step))).Float64()
	}
	var all []pastSeries
	for i, route := range []string{"/a", "/b", "/c"} {
		seed := uint64(i + 1)
		slow, awful := spells(seed, 1500, 60), spells(seed+10, 4000, 40)
		all = append(all, pastSeries{fmt.Sprintf(`latency_seconds{job="api",route=%q}`, route), "latency_seconds", func(step int) (float64, bool) {
			v := 0.1 + 0.12*noise(seed, step)
			if slow(step) {
				v += 0.22
			}
			if awful(step) {
				v += 0.4
			}
			return v, step%5000 > 60 // now and then it is gone for a while
		}})
	}
	for i, instance := range []string{"x", "y"} {
		down := spells(uint64(i+20), 8000, 60)
		all = append(all, pastSeries{fmt.Sprintf(`up{job="api",instance=%q}`, instance), "up", func(step int) (float64, bool) {
			if down(step) {
				return 0, true
			}
			return 1, true
		}})
	}
	broken, total, failed := spells(30, 3000, 40), 0.0, 0.0
	all = append(all, pastSeries{`requests_total{job="api"}`, "requests_total", func(int) (float64, bool) { total += 100; return total, true }},
		pastSeries{`errors_total{job="api"}`, "errors_total", func(step int) (float64, bool) {
			if broken(step) {
				failed += 20 * noise(31, step)
			}
			return failed, true
		}})
	full := spells(40, 2500, 80)
	all = append(all, pastSeries{`queue_depth{job="worker"}`, "queue_depth", func(step int) (float64, bool) {
		v := 30 + 40*noise(41, step/20)
		if full(step) {
			v += 60
		}
		return v, step < 30_000 || step > 30_200
	}})
	return all
}

// Backtesting a real Prometheus that holds a week equals, notification by
// notification, a daemon that lived through the same week: over pages of range
// queries and with a warm-up in the one, instant by instant in the other.
func TestBacktestEqualsLive(t *testing.T) {
	t.Parallel()
	begin := model.TimeFromUnixNano(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()) // when bubbles begin
	local, text := fillPast(t, begin)
	server := prom.StartPast(t, text)
	lived := liveThrough(t, pastLoaded(t), local)
	source, err := promapi.New(promapi.Options{Name: "default", URLs: []string{server.URL}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cache := &backtest.Cache{Dir: t.TempDir(), Settled: begin.Add(pastWeek), Parse: promapi.ParseLabels}
	for _, tt := range []struct {
		name  string
		after time.Duration // of the week that is not looked at
		cache *backtest.Cache
	}{
		{"the whole week", 0, nil},
		{"the week but for its first days, which a daemon has lived through", 50 * time.Hour, cache},
		{"the same from the cache", 50 * time.Hour, cache},
	} {
		since := begin.Add(tt.after)
		loaded := pastLoaded(t)
		budget := &backtest.Budget{}
		pages := backtest.NewPages(backtest.PagesOptions{
			Sources: map[string]backtest.Past{"default": source}, Rules: loaded.Core.Rules,
			Until: begin.Add(pastWeek), Cache: tt.cache, Budget: budget,
		})
		var got []string
		result, err := backtest.Run(t.Context(), backtest.Options{
			Config: loaded.Core, Pages: pages, Since: since, Until: begin.Add(pastWeek),
		})
		if err != nil || len(result.Incomplete) > 0 {
			t.Fatal(tt.name, err, result.Incomplete)
		}
		for _, n := range result.Notifications {
			var alerts []string
			for _, a := range n.Alerts {
				alerts = append(alerts, fmt.Sprint(a.Labels, " ", a.News, " ", a.Level))
			}
			got = append(got, toldLine(n.At, n.Receiver, n.Reason, n.Level.String(), alerts))
		}
		slices.Sort(got) // of one instant the order is nobody's
		want := slices.Clone(lived)
		want = slices.DeleteFunc(want, func(line string) bool { return line < stampOf(since) })
		if diff := firstOther(got, want); diff != "" {
			t.Errorf("%s: %d notifications, a daemon sent %d\n%s", tt.name, len(got), len(want), diff)
		}
		if len(want) < 50 {
			t.Errorf("%s: %d notifications prove little", tt.name, len(want))
		}
		if queries := budget.Queries(); tt.cache != nil && tt.name == "the same from the cache" && queries > 8 {
			t.Errorf("%s: %d queries", tt.name, queries)
		}
	}
}

// fillPast returns the week in memory, and as OpenMetrics.
func fillPast(t *testing.T, begin model.Time) (*promlocal.Source, []byte) {
	t.Helper()
	local := promlocal.New(promlocal.Options{})
	var text strings.Builder
	metric := ""
	for _, s := range pastWorld() {
		if s.metric != metric {
			metric = s.metric
			fmt.Fprintf(&text, "# TYPE %s gauge\n", metric)
		}
		var line strings.Builder
		for step := range int(pastWeek / pastStep) {
			v, there := s.at(step)
			if !there {
				line.WriteString(" _")
				continue
			}
			at := begin.Add(time.Duration(step) * pastStep)
			fmt.Fprintf(&text, "%s %v %d\n", s.name, v, int64(at)/1000)
			fmt.Fprintf(&line, " %v", v)
		}
		if err := local.LoadSeries(s.name+line.String(), begin, pastStep); err != nil {
			t.Fatal(err)
		}
	}
	text.WriteString("# EOF\n")
	return local, []byte(text.String())
}

func pastLoaded(t *testing.T) *file.Loaded {
	t.Helper()
	loaded, problems := file.Load(file.Options{
		Files: file.Memory{"tocsin.yaml": pastConfig, "rules.yaml": pastRules}, ConfigFile: "tocsin.yaml",
	})
	if loaded == nil {
		t.Fatal(problems)
	}
	return loaded
}

// liveThrough runs a daemon's driver through the week, in the time of a bubble, and
// returns what it told people.
func liveThrough(t *testing.T, loaded *file.Loaded, source *promlocal.Source) []string {
	t.Helper()
	var told noted
	synctest.Test(t, func(t *testing.T) {
		world := live.World{Sources: map[string]engine.Source{"default": source}, Senders: map[string]engine.Sender{}}
		for _, r := range loaded.Core.Receivers {
			for _, in := range r.Integrations {
				world.Senders[in.Key] = &told
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		driver := live.New(live.Options{Core: engine.New("default"), Store: memory.New(), Config: loaded.Core, World: world})
		ended := make(chan error, 1)
		go func() { ended <- driver.Run(ctx) }()
		time.Sleep(pastWeek)
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	slices.Sort(told.lines)
	return told.lines
}

// A noted sender notes what reaches people.
type noted struct {
	mu    sync.Mutex
	lines []string
}

// Send delivers.
func (n *noted) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	n.mu.Lock()
	defer n.mu.Unlock()
	if d.Effect == notifier.Post || d.Effect == notifier.Broadcast {
		var alerts []string
		for _, e := range slices.Concat(d.Firing, d.Resolved) {
			alerts = append(alerts, fmt.Sprint(e.Labels, " ", e.News, " ", e.Alert.Notify))
		}
		n.lines = append(n.lines, toldLine(d.At, d.Receiver, d.Reason, d.Level.String(), alerts))
	}
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered, Handle: d.ID}
}

func toldLine(at model.Time, receiver string, why notifier.Reason, level string, alerts []string) string {
	return fmt.Sprintf("%s to %s, %s: %s, %s", stampOf(at), receiver, level, why, strings.Join(alerts, "; "))
}

func stampOf(t model.Time) string { return t.Time().UTC().Format("2006-01-02T15:04:05.000") }

// firstOther shows where two lists part.
func firstOther(got, want []string) string {
	for i := range max(len(got), len(want)) {
		a, b := "nothing", "nothing"
		if i < len(got) {
			a = got[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if a != b {
			return fmt.Sprintf("number %d\ngot  %s\nwant %s", i+1, a, b)
		}
	}
	return ""
}
