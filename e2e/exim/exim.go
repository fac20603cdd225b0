// Package exim runs a real mail server, Debian's exim, for a test: on loopback,
// with STARTTLS and AUTH, delivering into a folder.
package exim

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/proc"
)

//go:embed exim.conf.tmpl
var config string

// User and Password are what the server wants.
const (
	User     = "tocsin"
	Password = "no more secret than a test's"
)

// Nobody is the one whom the server doesn't know, at whatever domain.
const Nobody = "nobody"

// A Server takes mail for everybody but Nobody.
type Server struct {
	Address string // host:port
	CA      string // file of the certificate to trust

	dir     string
	t       testing.TB
	command proc.Command
	process *proc.Process
}

// settings are what the template of the configuration sees.
type settings struct {
	Dir    string
	Port   int
	UID    int
	GID    int
	Nobody string
	User   string
	Pass   string
}

// Root is whether the tests are root's.
func (s settings) Root() bool { return s.UID == 0 }

// Start runs a server that lives as long as the test, and waits until it answers.
func Start(t testing.TB, certificate, key []byte) *Server {
	t.Helper()
	path, err := find()
	if err != nil {
		t.Fatalf("%v: `make tools` installs it", err)
	}
	s := &Server{dir: folder(t), t: t}
	s.CA = s.write("cert.pem", certificate)
	s.write("key.pem", key)
	set := settings{Dir: s.dir, Port: proc.FreePort(t), UID: os.Getuid(), GID: os.Getgid(), Nobody: Nobody, User: User, Pass: Password}
	s.Address = fmt.Sprintf("127.0.0.1:%d", set.Port)
	file := s.write("exim.conf", render(t, set))
	s.command = proc.Command{Path: path, Args: []string{"-C", file, "-bdf"}, Dir: s.dir}
	s.Again()
	return s
}

// Again runs it once more after Stop, and waits until it answers.
func (s *Server) Again() {
	s.t.Helper()
	s.process = proc.Start(s.t, s.command)
	eventually.Nil(s.t, 20*time.Second, s.answers)
}

// find looks where Debian puts it too, for that is not on everybody's path.
func find() (string, error) {
	if path, err := exec.LookPath("exim4"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/exim4")
}

// folder is one of its own. Exim gives up root for each delivery, so the folder
// then belongs to whom it becomes.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tocsin-exim-") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Getuid() != 0 {
		return dir
	}
	exim, err := user.Lookup("Debian-exim")
	if err != nil {
		t.Fatal(err)
	}
	var uid, gid int
	if _, err := fmt.Sscan(exim.Uid+" "+exim.Gid, &uid, &gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return dir
}

func render(t testing.TB, set settings) []byte {
	t.Helper()
	var b strings.Builder
	if err := template.Must(template.New("exim.conf").Parse(config)).Execute(&b, set); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

func (s *Server) write(name string, content []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// answers is an error until the server greets.
func (s *Server) answers() error {
	if !s.process.Running() {
		s.t.Fatalf("exim ended: %s%s", s.process.Output(), s.Log())
	}
	c, err := net.DialTimeout("tcp", s.Address, time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}

// Stop ends it in good order.
func (s *Server) Stop() {
	s.t.Helper()
	s.process.Signal(syscall.SIGTERM)
	if _, err := s.process.Wait(10 * time.Second); err != nil {
		s.t.Fatal(err)
	}
}

// Mails are those that were delivered to somebody.
func (s *Server) Mails(name string) [][]byte {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "mail", "new", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	var mails [][]byte
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		if bytes.HasPrefix(b, []byte("Envelope-to: "+name+"@")) {
			mails = append(mails, b)
		}
	}
	return mails
}

// Log is what the server wrote about its doings.
func (s *Server) Log() string {
	files, err := filepath.Glob(filepath.Join(s.dir, "*.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
