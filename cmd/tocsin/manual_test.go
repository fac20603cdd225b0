package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the manual shows on the command line is understood.
func TestManualCommands(t *testing.T) {
	var manual []byte
	for _, name := range []string{"api", "convert"} {
		page, err := os.ReadFile("../../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		manual = append(manual, page...)
	}
	lines := regexp.MustCompile(`(?m)^    tocsin ([^#\n]*)`).FindAllStringSubmatch(string(manual), -1)
	if len(lines) < 10 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var c cli
		parser, err := newParser(&c, process{}, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(shellWords(line[1])); err != nil {
			t.Errorf("tocsin %s: %v", line[1], err)
		}
	}
}

// shellWords splits a line as a shell does, as far as the manual needs it.
func shellWords(line string) (all []string) {
	for _, m := range regexp.MustCompile(`(?:[^\s']|'[^']*')+`).FindAllString(line, -1) {
		all = append(all, strings.ReplaceAll(m, "'", ""))
	}
	return all
}
