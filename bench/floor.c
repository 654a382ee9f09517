/* The yardsticks: what the same work costs in C.
 *   floor place FOLDER            walk it and watch every folder
 *   floor listen FOLDER           the same, say `ready`, read all events until a line comes in
 *   floor storm FOLDER FILES      make so many files in it, 100 in each folder
 * The last line printed is the CPU seconds of the work itself, and the number of folders or events. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MASK (IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO \
              | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

static int inotify;
static long count;

static double used(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6
         + usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
}

static void remember(int wd, const char *path);
static int remembering;

static void place(char *path, size_t length) {
    int wd = inotify_add_watch(inotify, path, MASK);
    if (wd < 0) {
        perror(path);
        exit(1);
    }
    if (remembering)
        remember(wd, path);
    count++;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")
            || !strcmp(entry->d_name, ".git"))
            continue;
        size_t longer = length + 1 + strlen(entry->d_name);
        path[length] = '/';
        strcpy(path + length + 1, entry->d_name);
        place(path, longer);
        path[length] = 0;
    }
    closedir(folder);
}

/* Reads what there is. A folder that was made while its parent is watched is watched, too; where it
 * is has to be known for that, so this remembers the path of every watch. */
static char **paths;
static int known;

static void remember(int wd, const char *path) {
    if (wd >= known) {
        int more = wd * 2 + 1024;
        paths = realloc(paths, more * sizeof *paths);
        memset(paths + known, 0, (more - known) * sizeof *paths);
        known = more;
    }
    free(paths[wd]);
    paths[wd] = strdup(path);
}

static void drain(void) {
    static char buffer[1 << 18];
    char path[65536];
    ssize_t length;
    while ((length = read(inotify, buffer, sizeof buffer)) > 0) {
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event *event = (struct inotify_event *)at;
            count++;
            if (event->mask & IN_Q_OVERFLOW) {
                fprintf(stderr, "overflow\n");
                exit(1);
            }
            if ((event->mask & (IN_CREATE | IN_ISDIR)) == (IN_CREATE | IN_ISDIR)) {
                snprintf(path, sizeof path, "%s/%s", paths[event->wd], event->name);
                place(path, strlen(path));
            }
            at += sizeof *event + event->len;
        }
    }
}

static void listen_until_told(void) {
    struct pollfd fds[] = {{.fd = inotify, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    fcntl(inotify, F_SETFL, O_NONBLOCK);
    puts("ready");
    fflush(stdout);
    while (poll(fds, 2, -1) > 0 && !fds[1].revents)
        drain();
    drain();
}

static void storm(const char *root, long files) {
    char path[4096];
    for (long number = 0; number < files; number++) {
        if (number % 100 == 0) {
            snprintf(path, sizeof path, "%s/d%ld", root, number / 100);
            mkdir(path, 0777);
        }
        snprintf(path, sizeof path, "%s/d%ld/f%ld", root, number / 100, number);
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (file < 0 || write(file, path, strlen(path)) < 0) {
            perror(path);
            exit(1);
        }
        close(file);
    }
}

int main(int argc, char **argv) {
    static char path[65536];
    double before = used();
    if (argc == 3 && !strcmp(argv[1], "place")) {
        inotify = inotify_init1(IN_CLOEXEC);
        strcpy(path, argv[2]);
        place(path, strlen(path));
    } else if (argc == 3 && !strcmp(argv[1], "listen")) {
        remembering = 1;
        inotify = inotify_init1(IN_CLOEXEC);
        strcpy(path, argv[2]);
        place(path, strlen(path));
        before = used();
        count = 0;
        listen_until_told();
    } else if (argc == 4 && !strcmp(argv[1], "storm")) {
        storm(argv[2], atol(argv[3]));
    } else {
        return 2;
    }
    printf("%.6f %ld\n", used() - before, count);
    return 0;
}
