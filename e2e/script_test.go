package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tocsin/e2e/prom"
)

var update = flag.Bool("update", false, "write what the scripts print into them")

// TestScript runs the command line as people type it, see ../testdata/script. $PROM
// is a real Prometheus in which load is 10 for a, 75 for b and 90 for c; $HOOK is
// a webhook that nothing in the scripts may reach, $TAKEN an address that is in use,
// and $PAST a Prometheus with two hours behind it, in which load rose five minutes ago.
func TestScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	w.set(`load{i="b"}`, 75)
	w.set(`load{i="c"}`, 90)
	w.prom.Await("min(count_over_time(load[1m]) > bool 10)", 1) // for more than a few instants of the rules
	past := prom.StartPast(t, scriptPast(time.Now()))
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:                 "../testdata/script",
			RequireExplicitExec: true,
			RequireUniqueNames:  true,
			UpdateScripts:       *update,
			Deadline:            time.Now().Add(2 * time.Minute), // of what hangs
			Setup: func(e *testscript.Env) error {
				e.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+e.Getenv("PATH"))
				e.Setenv("PROM", w.prom.URL)
				e.Setenv("PAST", past.URL)
				e.Setenv("HOOK", w.hook.URL())
				e.Setenv("TAKEN", strings.TrimPrefix(w.prom.URL, "http://"))
				return nil
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		})
	})
	if posts := w.hook.Posts(); len(posts) > 0 {
		t.Errorf("the scripts sent %q", gists(posts))
	}
}

// scriptPast is the past that scripts look at, as OpenMetrics.
func scriptPast(now time.Time) []byte {
	var b bytes.Buffer
	write := func(series string, value func(ago time.Duration) int) {
		for ago := 2 * time.Hour; ago >= 0; ago -= 15 * time.Second {
			fmt.Fprintf(&b, "%s %d %d\n", series, value(ago), now.Add(-ago).Unix())
		}
	}
	b.WriteString("# TYPE load gauge\n")
	for i, high := range []int{10, 75, 90} {
		write(fmt.Sprintf("load{i=%q}", "abc"[i:i+1]), func(ago time.Duration) int {
			if ago > 5*time.Minute {
				return 1
			}
			return high
		})
	}
	b.WriteString("# TYPE up gauge\n")
	write("up", func(time.Duration) int { return 1 })
	b.WriteString("# EOF\n")
	return b.Bytes()
}

// exits CODE PROGRAM ARGS runs a program that must end with the code. Its output
// is there for stdout and stderr, as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGS]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}
