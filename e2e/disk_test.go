package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
)

// many is how many series the stores hold that are to be damaged: some pages.
const many = 200

// filled is a home whose daemon told of all series and has ended.
func (w *world) filled(t *testing.T) *daemon.Home {
	t.Helper()
	for i := range many {
		w.gauges.Set(fmt.Sprintf(`load{i="%03d"}`, i), 75)
	}
	w.prom.Await("count(load)", many)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	eventually.Nil(t, patience, func() error {
		if got := len(w.hook.Taken()); got != many {
			return fmt.Errorf("%d messages, want %d", got, many)
		}
		return nil
	})
	if code := d.Stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	return home
}

// TestF12DamagedFile: a store that is cut short, or in which bits have flipped,
// does not keep the daemon from starting. It says what was lost, tells nobody
// again of what wasn't, and knows all of the truth afterwards.
func TestF12DamagedFile(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
		spared int // of the series, at least
	}{
		{"cut short by a third", func(b []byte) []byte { return b[:len(b)*2/3] }, many / 4},
		{"a flipped byte", func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b }, many * 3 / 4},
		{"a page of nothing", func(b []byte) []byte { clear(b[len(b)/2&^4095:][:4096]); return b }, many * 3 / 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			home := w.filled(t)
			file := filepath.Join(home.Dir, "tocsin.db")
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, c.damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			d := home.Start()
			if aside, err := filepath.Glob(file + ".damaged-*"); err != nil || len(aside) != 1 {
				t.Errorf("%q were set aside (%v), want the damaged file", aside, err)
			}
			if !strings.Contains(d.Output(), "damaged") {
				t.Errorf("the log says nothing of the damage:\n%s", d.Output())
			}
			w.spares(t, c.spared)
			w.recovers(t)
		})
	}
}

// spares waits for the evaluations after a start, and fails if people are told
// again of all but fewer than so many series.
func (w *world) spares(t *testing.T, least int) {
	t.Helper()
	eventually.Never(t, 4*time.Second, func() error {
		again := map[string]bool{}
		for _, p := range w.hook.Posts()[many:] {
			if len(p.Message.Alerts) == 1 && standing(p.Message.Alerts[0]) == "warn" {
				again[p.Message.Alerts[0].Labels["i"]] = true
			}
		}
		if many-len(again) < least {
			return fmt.Errorf("told again of %d series: more than the damaged part was lost", len(again))
		}
		return nil
	})
}

// recovers lets all series be well, and waits until that was told of each.
func (w *world) recovers(t *testing.T) {
	t.Helper()
	for i := range many {
		w.gauges.Set(fmt.Sprintf(`load{i="%03d"}`, i), 10)
	}
	eventually.Nil(t, patience, func() error {
		over := map[string]bool{}
		for _, p := range w.hook.Taken() {
			for _, a := range p.Message.Alerts {
				over[a.Labels["i"]] = standing(a) == "resolved"
			}
		}
		for i := range many {
			if !over[fmt.Sprintf("%03d", i)] {
				return fmt.Errorf("series %03d was not told to be over", i)
			}
		}
		return nil
	})
}

// room limits how large a file the daemon may write, as a full disk would; zero
// is no limit. It takes no privileges.
func room(t *testing.T, d *daemon.Daemon, bytes int) {
	t.Helper()
	limit := "unlimited"
	if bytes > 0 {
		limit = fmt.Sprint(bytes)
	}
	out, err := exec.Command("prlimit", fmt.Sprint("--pid=", d.Pid()), "--fsize="+limit+":unlimited").CombinedOutput()
	if err != nil {
		t.Fatalf("prlimit: %v\n%s", err, out)
	}
}

// TestF13FullDisk: without room the daemon goes on notifying and says so in each
// message, refuses what it can't keep, and catches up when there is room.
func TestF13FullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	room(t, d, 1)
	w.gauges.Set(`load{i="a"}`, 75)
	w.expectSet(t, 0, "HighLoad a warn", "TocsinStoreFailing  error")
	marks := w.marks()
	if !slices.ContainsFunc(marks, func(s string) bool { return strings.Contains(s, "store") }) {
		t.Errorf("the messages are marked %q: none says that the store fails", marks)
	}
	if status, _ := silence(t, home, "HighLoad"); status != http.StatusServiceUnavailable {
		t.Errorf("a silence that can't be kept: status %d", status)
	}
	if code, _, err := told(t, home, "ack", "HighLoad"); code != 3 {
		t.Errorf("an ack that can't be kept: exit code %d, %q", code, err)
	}
	if _, err := home.Get("/-/ready"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("it is ready: %v", err)
	}

	room(t, d, 0)
	w.expect(t, 2, "TocsinStoreFailing  resolved")
	if status, _ := silence(t, home, "Other"); status != http.StatusOK {
		t.Errorf("a silence with room again: status %d", status)
	}
	d.Kill()
	home.Start()
	w.quiet(t, 3*time.Second)
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 3, "HighLoad a resolved")
}

// TestF13ReadOnlyFolder: a store that can't be written at the start, since its
// volume was mounted read-only, is read; the daemon goes on from there as on a full
// disk, and catches up.
func TestF13ReadOnlyFolder(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*daemon.Daemon)
	}{
		{"after a stop", func(d *daemon.Daemon) { d.Stop() }},
		{"after a kill", func(d *daemon.Daemon) { d.Kill() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.set(`load{i="a"}`, 75)
			home := w.home(t, setup{}, loadRules(70, 90))
			d := home.Start()
			w.expect(t, 0, "HighLoad a warn")
			w.quiet(t, time.Second) // what a kill finds under way is sent again, under its id
			c.end(d)
			writable(t, home, false)
			d = home.Start()
			w.standsBy(t, home)
			if !strings.Contains(d.Output(), "read-only, or") {
				t.Error("the log has no hint")
			}
			writable(t, home, true)
			w.expect(t, 3, "TocsinStoreFailing  resolved")
			if _, err := home.Get("/-/ready"); err != nil {
				t.Errorf("it is not ready: %v", err)
			}
			if status, _ := silence(t, home, "Other"); status != http.StatusOK {
				t.Errorf("a silence that can be kept again: status %d", status)
			}
			d.Kill()
			home.Start()
			w.quiet(t, 3*time.Second)
			w.gauges.Set(`load{i="a"}`, 10)
			w.expect(t, 4, "HighLoad a resolved")
		})
	}
}

// standsBy looks at a daemon whose store can't be written and which told of a
// before: it refuses what it can't keep, knows the past, and tells of b alone.
func (w *world) standsBy(t *testing.T, home *daemon.Home) {
	t.Helper()
	if status, _ := silence(t, home, "HighLoad"); status != http.StatusServiceUnavailable {
		t.Errorf("a silence that can't be kept: status %d", status)
	}
	eventually.Nil(t, patience, func() error { // it may be starting still
		_, err := home.Get("/-/ready")
		if err == nil {
			t.Fatal("it is ready")
		}
		if !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "the store is failing") {
			return err
		}
		return nil
	})
	w.expect(t, 1, "TocsinStoreFailing  error")
	w.gauges.Set(`load{i="b"}`, 75)
	w.expect(t, 2, "HighLoad b warn")
	if marks := w.marks(); !slices.ContainsFunc(marks, func(s string) bool { return strings.Contains(s, "store") }) {
		t.Errorf("the messages are marked %q: none says that the store fails", marks)
	}
	if code, _, err := told(t, home, "ack", "HighLoad"); code != 3 {
		t.Errorf("an ack that can't be kept: exit code %d, %q", code, err)
	}
	if out, _ := good(t, home, "explain", `HighLoad{i="a"}`); !strings.Contains(out, "delivered") {
		t.Errorf("it does not know what it told before:\n%s", out)
	}
	w.quiet(t, time.Second)
}

// writable sets whether a home and the files in it can be written by its daemons.
// Root may write anywhere, so they are another user's from then on, who must reach
// home and program.
func writable(t *testing.T, home *daemon.Home, yes bool) {
	t.Helper()
	folder, file := os.FileMode(0o555), os.FileMode(0o444)
	if yes {
		folder, file = 0o755, 0o644
	}
	files, err := filepath.Glob(filepath.Join(home.Dir, "*"))
	for _, name := range append(files, home.Dir) {
		if os.Getuid() == 0 {
			home.User = 65534
			err = errors.Join(err, os.Chown(name, home.User, home.User))
		}
		err = errors.Join(err, os.Chmod(name, file))
	}
	err = errors.Join(err, os.Chmod(home.Dir, folder), os.Chmod(filepath.Dir(home.Dir), 0o755), os.Chmod(filepath.Dir(home.Binary), 0o755))
	if err != nil {
		t.Fatal(err)
	}
}

// marks are those of all messages so far.
func (w *world) marks() []string {
	var all []string
	for _, p := range w.hook.Taken() {
		var message struct{ Marks []string }
		if err := json.Unmarshal(p.Body, &message); err == nil {
			all = append(all, message.Marks...)
		}
	}
	return all
}
