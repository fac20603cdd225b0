package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What bash offers, asked of bash itself.
func TestCompletionInBash(t *testing.T) {
	t.Chdir(t.TempDir())
	_, script, _ := on(t, nil, "completion", "bash")
	write(t, "tocsin.bash", script)
	write(t, "rules.yaml", smallRules)
	for _, c := range []struct {
		name, words, want string
	}{
		{"a command", "tocsin ch", "check"},
		{"a flag", "tocsin run --dry", "--dry-run"},
		{"not a flag of another command", "tocsin check --dry", ""},
		{"the words of a flag", "tocsin run --log.level ", "debug info warn error"},
		{"the words of an argument", "tocsin completion ", "bash zsh fish"},
		{"a file", "tocsin check rul", "rules.yaml"},
		{"a command below another", "tocsin silence e", "expire"},
		{"all of them", "tocsin silence ", "add preview list expire"},
		{"its flags", "tocsin silence add --until", "--until-resolved"},
		{"not those of its neighbour", "tocsin silence list --until", ""},
		{"the words of its flag", "tocsin silence add --output ", "text json"},
		{"no file for a matcher", "tocsin silence add rul", ""},
		{"nor for one of a command above", "tocsin ack rul", ""},
		{"no empty word", "tocsin ack --level ", "warn error"},
		{"a file for a flag", "tocsin run --config.file rul", "rules.yaml"},
	} {
		words := strings.Split(c.words, " ")
		cmd := exec.CommandContext(t.Context(), "bash", "--norc", "-c",
			`source tocsin.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _tocsin; echo "${COMPREPLY[*]}"`, "bash")
		cmd.Args = append(cmd.Args, words...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s: %q offers %q, not %q (%v)", c.name, c.words, got, c.want, err)
		}
	}
}
