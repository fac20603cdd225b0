package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A daemon is a core with a journal, in time that passes as the test says.
type daemon struct {
	core  *engine.Core
	w     *Writer
	at    model.Time
	asks  []engine.Ask
	sends []engine.Send
	value func(series int, at model.Time) float64
	// omit says which samples come too late, fail which queries do.
	omit  func(series int, at model.Time) bool
	fail  func(at model.Time) bool
	paced bool // time doesn't pass faster than the journal is written
	given uint64
}

const start = model.Time(1_700_000_000_000)

func newDaemon(o Options) *daemon {
	o.Core, o.Namespace, o.Program = engine.New("test"), "test", "9.9"
	d := &daemon{core: o.Core, w: Open(o), at: start, value: func(series int, at model.Time) float64 {
		return float64((int64(at)/60_000*7 + int64(series)*13) % 100)
	}}
	d.step(engine.Reloaded{Config: testConfig()})
	return d
}

func testConfig() *rules.Config {
	return &rules.Config{
		Rules: []*rules.Rule{{
			Key: "g/Load", Revision: "1", Alert: "Load", Source: "a", Expr: "load", Interval: 10 * time.Second, PhaseKey: "g",
			Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 60, ClearHigh: 60}}},
			Absent: rules.Absent{After: 5 * time.Minute}, NoData: rules.NoData{After: 10 * time.Minute},
		}},
		Sources:   []rules.Source{{Name: "a", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 1}},
		Route:     &rules.Route{ID: "{}", Receiver: "all", GroupWait: time.Second, GroupInterval: 20 * time.Second, RepeatInterval: time.Hour},
		Receivers: []rules.Receiver{{Name: "all", Integrations: []rules.Integration{{Key: "k", Kind: "webhook", Receiver: "all", SendResolved: true, Timeout: 5 * time.Second}}}},
		Limits:    rules.Limits{SeriesPerRule: 1000, ActiveAlerts: 1000},
	}
}

func (d *daemon) step(in engine.Input) {
	b := d.core.Step(d.at, in)
	d.given++
	d.w.Stepped(d.at, in, b)
	for d.paced && len(d.w.in) > 8 {
		runtime.Gosched()
	}
	d.asks, d.sends = append(d.asks, b.Asks...), append(d.sends, b.Sends...)
}

// live lets time pass, and answers and delivers at once.
func (d *daemon) live(during time.Duration) {
	for end := d.at.Add(during); d.at < end; d.at = d.at.Add(time.Second) {
		d.step(engine.Elapsed{})
		for _, a := range d.asks {
			d.step(engine.Answered{ID: a.ID, Answer: d.answer(a.At)})
		}
		for _, s := range d.sends {
			d.step(engine.Settled{Settled: notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}})
		}
		d.asks, d.sends = nil, nil
	}
}

const seriesOfTest = 50

func (d *daemon) answer(at model.Time) evaluator.Answer {
	a := evaluator.Answer{Parse: func(raw string) (labels.Labels, error) { return labels.FromStrings("i", raw), nil }}
	if d.fail != nil && d.fail(at) {
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "connection refused"}
	}
	for i := range seriesOfTest {
		if d.omit != nil && d.omit(i, at) {
			continue
		}
		a.Samples = append(a.Samples, evaluator.Sample{Raw: fmt.Sprint("series ", i), Value: d.value(i, at)})
	}
	return a
}

// written is the journal of a daemon that lived for a while, in files of a size.
func written(t *testing.T, during time.Duration, o Options) string {
	t.Helper()
	o.Dir = t.TempDir()
	d := newDaemon(o)
	d.paced = true
	d.live(during)
	d.step(engine.Stopping{})
	d.w.Close()
	if s := d.w.Stats(); s.Lost > 0 || s.Failing {
		t.Fatalf("%+v", s)
	}
	return o.Dir
}

func verify(t *testing.T, dir string) *Report {
	t.Helper()
	r, err := Verify(t.Context(), dir, VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(r *Report) string {
	var b strings.Builder
	_ = r.Write(&b)
	return b.String()
}

// wants checks a report: what it must say, and whether it is the same and complete.
func wants(t *testing.T, r *Report, same, complete bool, words ...string) {
	t.Helper()
	if r.Same() != same || r.Complete() != complete {
		t.Errorf("same %t, complete %t, want %t, %t:\n%s", r.Same(), r.Complete(), same, complete, text(r))
	}
	for _, word := range words {
		if !strings.Contains(text(r), word) {
			t.Errorf("no %q in\n%s", word, text(r))
		}
	}
}

func paths(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "journal-*.tocsin"))
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	return all
}

func TestNoDifference(t *testing.T) {
	r := verify(t, written(t, 20*time.Minute, Options{}))
	wants(t, r, true, true, "no difference", "over 20m", "in 1 file of 1 run, written by tocsin 9.9")
	if r.Notifications < 20 || r.Changes < 100 {
		t.Errorf("%d notifications, %d changes: too few to say anything", r.Notifications, r.Changes)
	}
}

// TestMutations changes what a journal says that the daemon was given or did.
func TestMutations(t *testing.T) {
	for _, c := range []struct {
		name           string
		mutate         func(n int, s *step) bool // false: leave it out
		same, complete bool
		want           string
	}{
		{"a value that counts is another", func(n int, s *step) bool {
			if a, ok := s.input.(engine.Answered); ok && n > 100 && n < 120 {
				a.Answer.Samples[0].Value = -1000
			}
			return true
		}, false, true, "-1000 of 60"},
		{"an answer is missing", func(n int, s *step) bool { return n != 100 }, true, false, "the journal lacks 1 step after step"},
		{"an outcome is another", func(_ int, s *step) bool {
			if in, ok := s.input.(engine.Settled); ok {
				in.Outcome = notifier.Refused
				s.input = in
			}
			return true
		}, false, true, ".2 to k of all"},
		{"the daemon did something else", func(_ int, s *step) bool {
			s.decided = strings.ReplaceAll(s.decided, "to k of all", "to k of nobody")
			return true
		}, false, true, "to k of nobody"},
		{"the daemon asked something else", func(_ int, s *step) bool {
			s.asks &^= 1
			return true
		}, false, true, "other questions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := written(t, 10*time.Minute, Options{})
			rewrite(t, paths(t, dir)[0], c.mutate)
			wants(t, verify(t, dir), c.same, c.complete, c.want)
		})
	}
}

// rewrite writes a file anew with other steps.
func rewrite(t *testing.T, path string, mutate func(n int, s *step) bool) {
	t.Helper()
	f, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	out, err := os.Create(path + ".new")
	if err != nil {
		t.Fatal(err)
	}
	w := &Writer{o: Options{Namespace: f.Namespace, Program: f.Program}, run: f.Run}
	if w.stream, err = newStream(out); err != nil {
		t.Fatal(err)
	}
	w.book = newBook(f.Step)
	err = w.putHead(f.Step)
	for n := 0; err == nil; n++ {
		var rec record
		if rec, err = f.next(); err == nil && rec.step != nil && mutate(n, rec.step) {
			var e encoder
			err = errors.Join(w.book.write(&e, *rec.step), w.stream.put(e.b))
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if err := errors.Join(w.stream.flush(), out.Close(), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// TestDamage cuts and flips files.
func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name     string
		damage   func([]byte) []byte
		file     int // from the end
		complete bool
		want     string
	}{
		{"the newest file may be cut short: it may be in use", func(b []byte) []byte { return b[:len(b)-5] }, 0, true, "note: journal-"},
		{"an older file may not", func(b []byte) []byte { return b[:len(b)-5] }, 1, false, "cut short after step"},
		{"a flipped bit", func(b []byte) []byte { b[len(b)/2] ^= 4; return b }, 1, false, "damaged"},
		{"the newest file is empty", func([]byte) []byte { return nil }, 0, true, "only been begun"},
		{"an older file is empty", func([]byte) []byte { return nil }, 1, false, "cut short"},
		{"something else", func(b []byte) []byte { return []byte(strings.Repeat("x", len(b))) }, 1, false, "not a journal of this version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := written(t, 2*time.Hour, Options{FileSize: 4 << 10, Size: 1 << 20})
			all := paths(t, dir)
			if len(all) < 3 {
				t.Fatalf("%d files are too few", len(all))
			}
			whole := verify(t, dir)
			wants(t, whole, true, true)
			path := all[len(all)-1-c.file]
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, c.damage(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			r := verify(t, dir)
			wants(t, r, true, c.complete, c.want)
			if r.Inputs >= whole.Inputs || r.Inputs < whole.Inputs/2 {
				t.Errorf("%d of %d steps were compared", r.Inputs, whole.Inputs)
			}
		})
	}
}

// TestRing bounds the size of all files, and leaves a beginning.
func TestRing(t *testing.T) {
	const size = 100 << 10
	dir := written(t, 12*time.Hour, Options{FileSize: 8 << 10, Size: size})
	total := int64(0)
	for _, path := range paths(t, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s is for others to read, too", path)
		}
		total += info.Size()
	}
	if total > size || total < size/2 {
		t.Errorf("the files have %d bytes, want nearly %d", total, size)
	}
	if first := filepath.Base(paths(t, dir)[0]); first == fileName(1) {
		t.Error("no file was removed")
	}
	wants(t, verify(t, dir), true, true)
}

// TestRuns tells the runs of several daemons apart, and what is missing within one.
func TestRuns(t *testing.T) {
	dir := written(t, time.Hour, Options{FileSize: 4 << 10, Size: 1 << 20})
	d := newDaemon(Options{Dir: dir})
	d.live(time.Minute)
	d.w.Close()
	wants(t, verify(t, dir), true, true, "of 2 runs")
	all := paths(t, dir)
	if err := os.Remove(all[1]); err != nil {
		t.Fatal(err)
	}
	wants(t, verify(t, dir), true, false, "the journal lacks")
}

// A disk is a folder that at times takes nothing.
type disk struct {
	dir   string
	room  int           // bytes
	stuck chan struct{} // nil: it never hangs
	file  *os.File
}

func (d *disk) open(string) (io.WriteCloser, error) {
	f, err := create(d.dir)
	d.file = f
	return d, err
}

// Write is part of io.Writer.
func (d *disk) Write(p []byte) (int, error) {
	if d.stuck != nil {
		<-d.stuck
	}
	if d.room < len(p) {
		n, _ := d.file.Write(p[:d.room])
		d.room = 0
		return n, errors.New("no space left on device")
	}
	d.room -= len(p)
	return d.file.Write(p)
}

// Close is part of io.Closer.
func (d *disk) Close() error { return d.file.Close() }

// TestDiskFull: on a full disk the daemon goes on without a journal, and with one
// when there is room again.
func TestDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := &disk{dir: t.TempDir(), room: 6 << 10}
		d := newDaemon(Options{Dir: full.dir, open: full.open})
		for range 30 {
			d.live(time.Minute)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		s := d.w.Stats()
		if !s.Failing || s.Lost == 0 || s.Steps == 0 {
			t.Fatalf("%+v, though the disk is full", s)
		}
		full.room = 1 << 20
		for range 90 {
			d.live(time.Minute)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		after := d.w.Stats()
		d.w.Close()
		if s := d.w.Stats(); s.Steps+s.Lost != d.given {
			t.Errorf("%+v, though the core took %d steps", s, d.given)
		}
		if after.Failing || after.Steps < s.Steps+1000 {
			t.Errorf("%+v, though there is room again", after)
		}
		wants(t, verify(t, full.dir), true, false, "no difference")
	})
}

// TestDiskHangs: steps that a disk has no time for are lost, and the daemon never
// waits for it.
func TestDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &disk{dir: t.TempDir(), room: 1 << 30, stuck: make(chan struct{})}
		d := newDaemon(Options{Dir: slow.dir, open: slow.open})
		for d.w.Stats().Lost == 0 {
			d.live(time.Minute)
		}
		close(slow.stuck)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		d.live(time.Hour)
		d.w.Close()
		r := verify(t, slow.dir)
		wants(t, r, true, false, "the journal lacks")
		if r.Inputs < waiting {
			t.Errorf("only %d steps are in the journal", r.Inputs)
		}
	})
}

// TestHangsForEver: a disk that takes nothing more does not keep the daemon from ending.
func TestHangsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &disk{dir: t.TempDir(), room: 1 << 30, stuck: make(chan struct{})}
		d := newDaemon(Options{Dir: slow.dir, open: slow.open})
		d.live(time.Minute)
		began := time.Now()
		d.w.Close()
		if took := time.Since(began); took > farewell {
			t.Errorf("it took %s to end", took)
		}
		close(slow.stuck) // for the bubble's sake
		synctest.Wait()
	})
}

// TestEmpty: a folder without a journal is an error, not a journal without a
// difference.
func TestEmpty(t *testing.T) {
	if _, err := Verify(t.Context(), t.TempDir(), VerifyOptions{}); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if _, err := Verify(t.Context(), filepath.Join(t.TempDir(), "gone"), VerifyOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
