package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
)

// told runs a command against the daemon of a home as ada, and returns its end
// and what it printed.
func told(t *testing.T, home *daemon.Home, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "TOCSIN_URL="+home.URL, "USER=ada")
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	if runErr := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(runErr)
	}
	return cmd.ProcessState.ExitCode(), strings.TrimSpace(out.String()), strings.TrimSpace(err.String())
}

// good is told for what must end well.
func good(t *testing.T, home *daemon.Home, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := told(t, home, args...)
	if code != 0 {
		t.Fatalf("tocsin %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout, stderr
}

// TestSilenceCommand: a silence is previewed, made, listed and ended, and holds
// what it matches in between.
func TestSilenceCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")

	if out, err := good(t, home, "silence", "preview", "HighLoad", "i=a"); !strings.HasPrefix(out, "warn\tHighLoad\t75 > 70\t") || err != "it matches 1 alert that fires now" {
		t.Errorf("the preview says %q, %q", out, err)
	}
	if code, out, err := told(t, home, "silence", "preview", "Nothing"); code != 1 || out != "" || err != "it matches nothing that fires now" {
		t.Errorf("a preview of nothing: exit code %d, %q, %q", code, out, err)
	}
	if code, _, err := told(t, home, "silence", "add", "Nothing", "--until-resolved"); code != 1 || !strings.Contains(err, "no alert that fires matches") {
		t.Errorf("until resolved, and nothing fires: exit code %d, %q", code, err)
	}

	id, shown := good(t, home, "silence", "add", "i=a", "--until-resolved", "--comment=at it")
	if !strings.HasPrefix(shown, "it matches 1 alert that fires now:\n  warn ") || strings.ContainsAny(id, " \n") {
		t.Errorf("to add prints %q and %q", id, shown)
	}
	if out, _ := good(t, home, "silence", "list", "i=a"); !strings.HasPrefix(out, id+"\tactive\tuntil resolved, 30d at most\t1\t{i=\"a\"}\tada\tat it") {
		t.Errorf("the list says %q", out)
	}
	w.set(`load{i="a"}`, 95)
	w.quiet(t, 2*time.Second)
	if out, _ := good(t, home, "alerts"); !strings.Contains(out, "silence "+id) {
		t.Errorf("the alerts are %q", out)
	}

	good(t, home, "silence", "expire", id)
	w.expect(t, 1, "HighLoad a error")
	if out, _ := good(t, home, "silence", "list"); out != "" {
		t.Errorf("after its end the list says %q", out)
	}
	if out, _ := good(t, home, "silence", "list", "--expired"); !strings.HasPrefix(out, id+"\texpired\t") {
		t.Errorf("the expired ones are %q", out)
	}
	if code, _, err := told(t, home, "silence", "expire", "nope"); code != 1 || !strings.Contains(err, "nope") {
		t.Errorf("to end what there isn't: exit code %d, %q", code, err)
	}
}

// TestSilenceUntilResolved: a silence that lasts until its alert is over ends
// with it, and the next one is told.
func TestSilenceUntilResolved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	good(t, home, "silence", "add", "HighLoad", "--until-resolved")
	w.set(`load{i="a"}`, 95)
	w.quiet(t, time.Second)
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 1, "HighLoad a resolved")
	w.gauges.Set(`load{i="a"}`, 75)
	w.expect(t, 2, "HighLoad a warn")
}

// TestF05SilenceKilled: a silence whose id was printed is in force after a kill
// that comes at once.
func TestF05SilenceKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")
	id, _ := good(t, home, "silence", "add", "HighLoad", "--duration=1h")
	d.Kill()
	home.Start()
	w.set(`load{i="a"}`, 95)
	w.quiet(t, 2*time.Second)
	if out, _ := good(t, home, "silence", "list"); !strings.HasPrefix(out, id+"\tactive\tfor 1h\t1\t") {
		t.Errorf("after the kill there is %q", out)
	}
}

// TestActsByUser: where a password is wanted, it is who has it that acts.
func TestActsByUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	// The password is "test", by the lowest cost that bcrypt has.
	home.Write("web.yml", "basic_auth_users:\n  bot: $2a$04$zCEHiLnP3nPvYtqGx3aQsOvJ4UqU3PoCTUAAQyj73cE3muxb9cGQS\n")
	home.Launch("--web.config.file=web.yml")
	w.expect(t, 0, "HighLoad a warn")
	if code, _, err := told(t, home, "alerts"); code != 1 || !strings.Contains(err, "asks for a user and a password") {
		t.Errorf("without a password: exit code %d, %q", code, err)
	}
	url := "--url=" + strings.Replace(home.URL, "http://", "http://bot:test@", 1)
	if out, _ := good(t, home, "ack", "HighLoad", url); !strings.Contains(out, "\tack of bot (ada)\t") {
		t.Errorf("ack prints %q", out)
	}
	good(t, home, "silence", "add", "HighLoad", "--duration=1h", "--author=bot", url)
	if out, _ := good(t, home, "silence", "list", url); !strings.HasSuffix(out, "\tbot") {
		t.Errorf("the silences are %q", out)
	}
}

// TestAckCommand: an acknowledgement holds a raise up to its level, survives a
// kill, and lets the raise go when it is taken back.
func TestAckCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")

	if code, _, err := told(t, home, "ack", "Nothing"); code != 1 || !strings.Contains(err, "tocsin alerts") {
		t.Errorf("to take on nothing: exit code %d, %q", code, err)
	}
	if out, _ := good(t, home, "ack", "HighLoad", "--level=error", "--comment=at it"); !strings.Contains(out, "\tack of ada: at it\t") {
		t.Errorf("ack prints %q", out)
	}
	d.Kill()
	home.Start()
	w.set(`load{i="a"}`, 95)
	w.quiet(t, 2*time.Second)

	var all []struct{ Level, Fingerprint string }
	out, _ := good(t, home, "alerts", "--json")
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 || all[0].Level != "error" {
		t.Fatalf("%v: %s", err, out)
	}
	good(t, home, "unack", all[0].Fingerprint)
	w.expect(t, 1, "HighLoad a error")
	if code, _, _ := told(t, home, "unack", all[0].Fingerprint); code != 1 {
		t.Errorf("to take back nothing: exit code %d", code)
	}
}
