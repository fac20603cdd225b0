package file_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

func today(t *testing.T, date string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// suppressed makes a warning T226 of each line that is no comment, and one of the whole
// file, and returns the lines of those that are left, and what else is said.
func suppressed(t *testing.T, text, date string) (left []int, said []string) {
	t.Helper()
	all := []rules.Problem{{File: "r.yaml", Code: "T226", Text: "t", Warning: true}}
	for n, line := range strings.Split(text, "\n") {
		if s := strings.TrimSpace(line); s != "" && s[0] != '#' {
			all = append(all, rules.Problem{File: "r.yaml", Line: n + 1, Col: 1, Code: "T226", Text: "t", Warning: true})
		}
	}
	files := file.Memory{"r.yaml": text}
	for _, p := range (file.Suppression{Read: files.Read, Today: today(t, date), Files: []string{"r.yaml"}}).Apply(all) {
		if p.Code == "T226" {
			left = append(left, p.Line)
			continue
		}
		said = append(said, fmt.Sprintf("%d:%d %s", p.Line, p.Col, p.Code))
		if !p.Warning || p.Hint == "" || p.Len == 0 {
			t.Errorf("%+v", p)
		}
	}
	return left, said
}

// A comment is for what is at its place, and for no more.
func TestIgnoreScope(t *testing.T) {
	const ignore = "# tocsin:ignore T226 as it is"
	for _, c := range []struct {
		why, text string
		left      []int
	}{
		{"at the top: the file", ignore + "\n\na: 1\nb: 2", nil},
		{"at the top, behind another comment and a mark", "# words\n---\n" + ignore + "\na: 1\nb: 2", nil},
		{"at the end of a line: the line", "a: 1\nb: 2 " + ignore + "\nc: 3", []int{0, 1, 3}},
		{"above a line: the line", "a: 1\n" + ignore + "\nb: 2\nc: 3", []int{0, 1, 4}},
		{"above a line, behind blanks and other comments", "a: 1\n" + ignore + "\n\n# words\nb: 2\nc: 3", []int{0, 1, 6}},
		{"above a key: all below it", "a: 1\n" + ignore + "\nb:\n  c: 3\n\n  # words\n  d: 4\ne: 5", []int{0, 1, 8}},
		{"above a list whose items are not indented", "a: 1\n" + ignore + "\nb:\n- c: 3\n- d: 4\ne: 5", []int{0, 1, 6}},
		{"above an item: the item", "a:\n  - b: 1\n  " + ignore + "\n  - c: 2\n    d: 3\n  - e: 4", []int{0, 1, 2, 6}},
		{"above an item that is not indented", "a:\n- b: 1\n" + ignore + "\n- c: 2\n  d: 3\n- e: 4\nf: 5", []int{0, 1, 2, 6, 7}},
		{"at the beginning of a block of text: the block", "a: 1\nb: | " + ignore + "\n  c\n  d\ne: 2", []int{0, 1, 5}},
		{"above a block of text", "a: 1\n" + ignore + "\nb: >-\n  c\n  d\ne: 2", []int{0, 1, 6}},
		{"inside of an expression: its line", "a: |\n  b + " + ignore + "\n  c\n", []int{0, 1, 3}},
		{"at the end of the file: nothing", "a: 1\n" + ignore, []int{0, 1}},
		{"without a space, in lower case, with line ends of Windows", "a: 1\r\nb: 2 #tocsin:ignore t226 as it is\r\nc: 3\r\n", []int{0, 1, 3}},
		{"no comment", "a: 1\nb: x#tocsin:ignore T226 as it is", []int{0, 1, 2}},
	} {
		left, said := suppressed(t, c.text, "2026-11-26")
		if !slices.Equal(left, c.left) {
			t.Errorf("%s: left %v, want %v", c.why, left, c.left)
		}
		if strings.HasPrefix(c.why, "at the end of the file") != (len(said) > 0) {
			t.Errorf("%s: %v", c.why, said)
		}
	}
}

// What a comment has to say, and what is said of one that does not.
func TestIgnoreSyntax(t *testing.T) {
	for _, c := range []struct {
		why, comment string
		off          bool
		said         string
	}{
		{"a code and a reason", "ignore T226 it hardly moves", true, ""},
		{"several codes", "ignore T226, T112 it hardly moves", true, "T902"},
		{"codes without a space", "ignore T226,T112 it hardly moves", true, "T902"},
		{"an end that has not come", "ignore T226 it hardly moves until 2026-11-26", true, ""},
		{"an end that is over", "ignore T226 it hardly moves until 2026-11-25", false, "T903"},
		{"the word alone is part of a reason", "ignore T226 wait until it is replaced", true, ""},
		{"no code", "ignore", false, "T901"},
		{"no reason", "ignore T226", false, "T901"},
		{"a reason without words", "ignore T226 -- !", false, "T901"},
		{"an end is no reason", "ignore T226 until 2026-12-31", false, "T901"},
		{"a date that is none", "ignore T226 for now until 2026-02-30", false, "T901"},
		{"an end that is no date", "ignore T226 for now until christmas", false, "T901"},
		{"an end without a date", "ignore T226 for now until", false, "T901"},
		{"a code that is none", "ignore T999 for now", false, "T901"},
		{"a name in place of a number", "ignore flapping it hardly moves", false, "T901"},
		{"another word", "disable T226 it hardly moves", false, "T901"},
		{"a mistake", "ignore T202 we like it so", false, "T904"},
		{"nothing of the sort", "ignore T112 for now", false, "T902"},
		{"a code that was not found, and is over", "ignore T112 for now until 2020-01-01", false, "T903"},
	} {
		left, said := suppressed(t, "a: 1\nb: 2 # tocsin:"+c.comment+"\n", "2026-11-26")
		if off := !slices.Contains(left, 2); off != c.off {
			t.Errorf("%s: off %v", c.why, off)
		}
		want := ""
		if c.said != "" {
			want = "2:6 " + c.said
		}
		if strings.Join(said, " ") != want {
			t.Errorf("%s: %q, want %q", c.why, said, want)
		}
	}
}

// A mistake stays, whatever a comment says; and while there are mistakes no comment is
// called useless.
func TestIgnoreMistakes(t *testing.T) {
	files := file.Memory{"r.yaml": "# tocsin:ignore T202 T112 as it is\na: 1\n"}
	mistake := rules.Problem{File: "r.yaml", Line: 2, Col: 1, Code: "T202", Text: "t"}
	got := file.Suppression{Read: files.Read, Today: today(t, "2026-11-26"), Files: []string{"r.yaml"}}.Apply([]rules.Problem{mistake})
	if len(got) != 2 || got[0].Code != "T904" || got[1] != mistake {
		t.Error(got)
	}
}

// Who did not look for a code does not call its comments useless; a daemon says nothing
// of comments at all; a file that is gone has none.
func TestIgnoreUnsought(t *testing.T) {
	files := file.Memory{"r.yaml": "a: 1 # tocsin:ignore T426 as it is\n"}
	s := file.Suppression{Read: files.Read, Files: []string{"r.yaml", "gone.yaml"}, Sought: func(c file.Code) bool { return c != file.CodeUnrouted }}
	if got := s.Apply(nil); len(got) > 0 {
		t.Error(got)
	}
	s.Sought = nil
	if got := s.Apply(nil); len(got) != 1 || got[0].Code != "T902" {
		t.Error(got)
	}
	s.Files = nil
	if got := s.Apply([]rules.Problem{{File: "r.yaml", Line: 1, Col: 1, Code: "T426", Warning: true}}); len(got) != 0 {
		t.Error(got)
	}
	s.Read = func(string) ([]byte, error) { return nil, fs.ErrNotExist }
	if got := s.Apply([]rules.Problem{{File: "r.yaml", Line: 1, Code: "T426", Warning: true}}); len(got) != 1 {
		t.Error(got)
	}
}

// Codes are found by number and name; what is near is named.
func TestExplain(t *testing.T) {
	for word, want := range map[string]string{
		"T202": "T202", "t202": "T202", "clear-side": "T202", "Clear-Side": "T202",
		"clear-sied": "near clear-side", "flaping": "near flapping", "T229": "near T226", "T14": "near T012", "202": "near T202", "": "near ", "nothing-like-it": "near ",
	} {
		e, near, ok := file.Explain(word)
		got := string(e.Code)
		if !ok {
			got = "near " + near
		}
		if got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}

// Whatever a comment says, nothing panics, mistakes stay, and what is added is a warning
// about comments.
func FuzzIgnore(f *testing.F) {
	for _, s := range []string{"# tocsin:ignore T226 x", "a: | # tocsin:ignore T226 x until 2026-01-01\n  b", "# tocsin:", "- #tocsin:x", "\r\n# tocsin:ignore T1,T2,,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := []rules.Problem{{File: "f", Line: 1, Code: "T202"}, {File: "f", Line: 2, Code: "T226", Warning: true}}
		mistakes := 0
		for _, p := range (file.Suppression{Read: func(string) ([]byte, error) { return []byte(text), nil }, Files: []string{"f"}}).Apply(in) {
			switch {
			case !p.Warning:
				mistakes++
			case p.Code != "T226" && (!strings.HasPrefix(p.Code, "T90") || p.Line < 1):
				t.Fatalf("%+v", p)
			}
		}
		if mistakes != 1 {
			t.Fatalf("%d mistakes", mistakes)
		}
	})
}
