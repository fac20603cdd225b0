package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/journal/image"
)

// ErrEmpty is of a folder in which there is no journal.
var ErrEmpty = errors.New("there is no journal in it")

// mostShown is how many differences of a run are shown: after the first one, the
// others mostly come of it.
const mostShown = 5

// VerifyOptions say what to look at, beyond the folder.
type VerifyOptions struct {
	// Progress, if set, hears how much of the journal has been read, from 0 to 1.
	Progress func(done float64)

	// began, if set, sees what a run begins with, or goes on with after a hole;
	// observe each step with what came of it.
	began   func(r *run, f *openFile, s *step)
	observe func(r *run, s *step, b engine.Batch)
}

// Verify gives a core what a journal says that the daemon was given, and compares what
// it decides with what the daemon did. The error says why nothing could be read at
// all; what could not be read in part, the report says.
func Verify(ctx context.Context, dir string, o VerifyOptions) (*Report, error) {
	all, err := list(dir)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, ErrEmpty)
	}
	v := &verifier{VerifyOptions: o, report: &Report{}, runs: map[string]*run{}}
	for n, f := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := v.file(ctx, f, n == len(all)-1); err != nil {
			return nil, err
		}
		if v.Progress != nil {
			v.Progress(float64(n+1) / float64(len(all)))
		}
	}
	for _, run := range v.runs {
		v.report.Lived += run.until.Sub(run.from)
	}
	return v.report, nil
}

// A verifier goes through the files of a journal.
type verifier struct {
	VerifyOptions
	report *Report
	runs   map[string]*run
}

// A run is one life of a daemon, as far as it has been replayed.
type run struct {
	core        *engine.Core // nil: there is nothing to go on from
	fresh       bool         // it has taken no step of the journal
	seq         uint64       // of the last step
	differing   int
	from, until model.Time
	ended       bool
}

// file replays one file.
func (v *verifier) file(ctx context.Context, rf ringFile, last bool) error {
	f, err := open(rf.path)
	if err != nil {
		if last && errors.Is(err, errCut) {
			v.note("the newest file has only been begun")
			return nil
		}
		v.hole("%v", err)
		return nil
	}
	defer f.close()
	f.last = last
	v.report.Files++
	if !slices.Contains(v.report.Programs, f.Program) {
		v.report.Programs = append(v.report.Programs, f.Program)
	}
	r := v.runs[f.Run]
	if r == nil {
		r = &run{}
		v.runs[f.Run] = r
		v.report.Runs++
	}
	if r.core != nil && r.seq+1 != f.Step {
		v.hole("%s: the journal lacks %s before it", f.name, count(int(f.Step-r.seq-1), "step"))
		r.core = nil
	}
	fresh := engine.New(f.Namespace)
	going := r.core != nil
	return v.records(ctx, f, r, fresh, going)
}

// records replays the records of a file. It ends early where there is nothing to go
// on from, or the file is not what was written.
func (v *verifier) records(ctx context.Context, f *openFile, r *run, fresh *engine.Core, going bool) error {
	begun := going || f.Part == 0
	if !going && f.Part == 0 {
		r.core, r.fresh, r.seq = fresh, true, f.Step-1
	}
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		rec, err := f.next()
		if err != nil {
			v.ending(f, r, err)
			return nil
		}
		switch {
		case rec.row != nil:
			if err := sane(func() { _ = fresh.Restore(*rec.row) }); err != nil { // as in the daemon: what is of no use is left behind
				v.hole("%s: a row: %v", f.name, err)
				return nil
			}
		case rec.image != nil:
			if going {
				continue
			}
			if err := v.wake(f, r, fresh, rec.image); err != nil {
				v.hole("%s: %v", f.name, err)
				return nil
			}
			begun = true
		case rec.end:
			r.ended = true
		case rec.step != nil && !begun:
			v.hole("%s: it begins with nothing", f.name)
			return nil
		case rec.step != nil && rec.step.seq != r.seq+1:
			v.hole("%s: the journal lacks %s %s", f.name, count(int(rec.step.seq-r.seq-1), "step"), r.end())
			r.core = nil
			return nil
		case rec.step != nil:
			if err := sane(func() { v.step(f, r, rec.step) }); err != nil {
				v.hole("%s: step %d at %s: %v", f.name, rec.step.seq, stamp(rec.step.at), err)
				r.core = nil
				return nil
			}
		}
	}
}

// wake begins with an image.
func (v *verifier) wake(f *openFile, r *run, fresh *engine.Core, text []byte) error {
	if f.Layout != image.Layout() {
		return fmt.Errorf("it begins in the middle of a run, and only the program that wrote it, tocsin %s, can read such a beginning", f.Program)
	}
	if err := image.Restore(fresh, text); err != nil {
		return err
	}
	r.core, r.fresh, r.seq = fresh, true, f.Step-1
	return nil
}

// ending says how a file ended, unless it is as it should be.
func (v *verifier) ending(f *openFile, r *run, err error) {
	switch {
	case errors.Is(err, io.EOF):
		return
	case errors.Is(err, errCut) && f.last:
		v.note("%s is being written, or the daemon was killed while it wrote: what is not complete was left out", f.name)
	default:
		v.hole("%s: %v %s", f.name, err, r.end())
		r.core = nil
	}
}

// end says how far a run has been replayed.
func (r *run) end() string {
	if r.from == 0 {
		return "before its first step"
	}
	return fmt.Sprintf("after step %d at %s", r.seq, stamp(r.until))
}

// sane calls f for something of a journal, which may come from anyone: a core that is
// given what makes no sense may panic.
func sane(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the core panicked: %v", p)
		}
	}()
	f()
	return nil
}

// step replays one step.
func (v *verifier) step(f *openFile, r *run, s *step) {
	if r.from == 0 {
		r.from = s.at
	}
	if r.fresh && v.began != nil {
		v.began(r, f, s)
	}
	r.fresh = false
	b := r.core.Step(s.at, s.input)
	v.config(s.input)
	if by, ok := s.input.(engine.Stepped); ok {
		r.from = r.from.Add(by.By)
	}
	r.seq, r.until = s.seq, s.at
	rep := v.report
	if rep.Inputs == 0 {
		rep.From = s.at
	}
	rep.Inputs++
	rep.Until = max(rep.Until, s.at)
	rep.Notifications += len(b.Sends)
	rep.Changes += len(b.Changes)
	if v.observe != nil {
		v.observe(r, s, b)
	}
	text, asks := decided(b)
	if text == s.decided && asks == s.asks {
		return
	}
	rep.Differing++
	if r.differing++; r.differing <= mostShown {
		rep.Differences = append(rep.Differences, difference(f, s, text, asks))
	}
}

// config takes note of who asks what.
func (v *verifier) config(in engine.Input) {
	if c, ok := in.(engine.Reloaded); ok {
		v.report.configs = append(v.report.configs, c.Config)
	}
}

func difference(f *openFile, s *step, text string, asks uint64) Difference {
	d := Difference{File: f.name, Seq: s.seq, At: s.at, Input: describe(s.input)}
	d.Daemon, d.Replay = apart(lines(s.decided), lines(text))
	if len(d.Daemon)+len(d.Replay) == 0 && asks != s.asks {
		d.Daemon, d.Replay = []string{"other questions for the sources"}, []string{"than now"}
	}
	return d
}

func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			all = append(all, strings.TrimRight(line, "\n"))
		}
	}
	return all
}

// apart leaves out what two lists begin and end with in common.
func apart(a, b []string) ([]string, []string) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

// describe says what an input is.
func describe(in engine.Input) string {
	switch in := in.(type) {
	case engine.Answered:
		return fmt.Sprintf("answer %d, %s, %s that count", in.ID, in.Answer.Outcome, count(len(in.Answer.Samples), "sample"))
	case engine.Settled:
		return fmt.Sprintf("attempt %d of %s: %s", in.Attempt, in.ID, in.Outcome)
	case engine.Silenced:
		return "silence " + in.ID
	case engine.Unsilenced:
		return "end of silence " + in.ID
	case engine.Acked:
		return "acknowledgement"
	case engine.Unacked:
		return "acknowledgement taken back"
	case engine.Reloaded:
		return fmt.Sprintf("configuration with %s", count(len(in.Config.Rules), "rule"))
	case engine.Stepped:
		return fmt.Sprintf("the clock stepped by %s", in.By)
	case engine.Degraded:
		return fmt.Sprintf("the store fails: %t", in.Failing)
	case engine.Lost:
		return "state was lost: " + in.Text
	case engine.Elapsed:
		return "time passed"
	case engine.Stopping:
		return "stop"
	}
	return ""
}

func (v *verifier) hole(format string, args ...any) {
	v.report.Holes = append(v.report.Holes, fmt.Sprintf(format, args...))
}

func (v *verifier) note(format string, args ...any) {
	v.report.Notes = append(v.report.Notes, fmt.Sprintf(format, args...))
}
