/* Load on SavedModels in one process, clients being threads that call TF_SessionRun:
 *
 *   load_c_api FOLDER SIGNATURE REQUESTS [FOLDER SIGNATURE REQUESTS ...]
 *
 * loads each model and answers its first request, with a line of JSON for each: seconds, and resident memory before and
 * after. Then each line "MODEL CLIENTS SECONDS" on stdin (the first model is 0) runs that many clients against that
 * model for that long, each client with one request after the other, and prints a line of JSON. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "served_model.h"

enum { MOST_MODELS = 16, MOST_REQUESTS = 256, MOST_CLIENTS = 256 };

typedef struct {
  ServedModel model;
  int count;
  TF_Tensor *values[MOST_REQUESTS][MOST_TENSORS];
} Target;

typedef struct {
  const Target *target;
  int first;
  double end;
  double *milliseconds;
  size_t answered, capacity, failed;
} Client;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double resident_mb(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*d %ld", &pages) != 1) fail("cannot read /proc/self/statm");
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static bool ask(const Target *target, int request, TF_Status *status) {
  TF_Tensor *answers[MOST_TENSORS];
  run_model(&target->model, target->values[request], answers, status);
  if (TF_GetCode(status) != TF_OK) return false;
  for (int number = 0; number < target->model.signature.output_count; ++number) TF_DeleteTensor(answers[number]);
  return true;
}

static void read_requests(Target *target, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot open the requests %s", path);
  Request request;
  while (read_request(file, &request)) {
    if (target->count == MOST_REQUESTS) fail("%s has more than %d requests", path, MOST_REQUESTS);
    order_values(&target->model, &request, target->values[target->count++]);
  }
  if (!target->count) fail("%s has no request", path);
  fclose(file);
}

static void load_target(Target *target, char **arguments) {
  double before = resident_mb(), started = now();
  target->model = load_model(arguments[0], arguments[1]);
  read_requests(target, arguments[2]);
  TF_Status *status = TF_NewStatus();
  if (!ask(target, 0, status)) fail("cannot answer: %s", TF_Message(status));
  TF_DeleteStatus(status);
  printf("{\"seconds\": %.6f, \"before_mb\": %.3f, \"after_mb\": %.3f}\n", now() - started, before, resident_mb());
  fflush(stdout);
}

static void note(Client *client, double milliseconds) {
  if (client->answered == client->capacity) {
    client->capacity = client->capacity ? 2 * client->capacity : 1024;
    client->milliseconds = realloc(client->milliseconds, client->capacity * sizeof(double));
    if (!client->milliseconds) fail("no memory for %zu latencies", client->capacity);
  }
  client->milliseconds[client->answered++] = milliseconds;
}

static void *run_client(void *argument) {
  Client *client = argument;
  TF_Status *status = TF_NewStatus();
  int request = client->first;
  for (double started = now(); started < client->end; started = now()) {
    if (ask(client->target, request, status))
      note(client, 1e3 * (now() - started));
    else
      ++client->failed;
    request = (request + 1) % client->target->count;
  }
  TF_DeleteStatus(status);
  return NULL;
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static void run_clients(const Target *target, int count, double seconds) {
  pthread_t threads[MOST_CLIENTS];
  Client clients[MOST_CLIENTS] = {0};
  double started = now();
  for (int number = 0; number < count; ++number) {
    /* Spread over the requests, so that they do not all send the same one. */
    clients[number] = (Client){target, number * target->count / count, started + seconds, NULL, 0, 0, 0};
    if (pthread_create(&threads[number], NULL, run_client, &clients[number])) fail("cannot start client %d", number);
  }
  size_t answered = 0, failed = 0;
  for (int number = 0; number < count; ++number) {
    pthread_join(threads[number], NULL);
    answered += clients[number].answered;
    failed += clients[number].failed;
  }
  double taken = now() - started, *all = malloc((answered + 1) * sizeof(double));
  if (!all) fail("no memory for %zu latencies", answered);
  size_t filled = 0;
  for (int number = 0; number < count; ++number) {
    for (size_t at = 0; at < clients[number].answered; ++at) all[filled++] = clients[number].milliseconds[at];
    free(clients[number].milliseconds);
  }
  if (!answered) fail("no request was answered within %g s", seconds);
  qsort(all, answered, sizeof(double), ascending);
  printf("{\"answered\": %zu, \"failed\": %zu, \"seconds\": %.6f, \"p50_ms\": %.4f, \"p99_ms\": %.4f, "
         "\"resident_mb\": %.3f}\n",
         answered, failed, taken, all[answered / 2], all[answered * 99 / 100], resident_mb());
  fflush(stdout);
  free(all);
}

int main(int count, char **arguments) {
  static Target targets[MOST_MODELS];
  int models = (count - 1) / 3;
  if (models < 1 || models > MOST_MODELS || count != 1 + 3 * models)
    fail("usage: load_c_api FOLDER SIGNATURE REQUESTS [FOLDER SIGNATURE REQUESTS ...]");
  for (int number = 0; number < models; ++number) load_target(&targets[number], arguments + 1 + 3 * number);
  int model, clients;
  double seconds;
  while (scanf("%d %d %lf", &model, &clients, &seconds) == 3) {
    if (model < 0 || model >= models || clients < 1 || clients > MOST_CLIENTS) fail("no such run: %d %d", model, clients);
    run_clients(&targets[model], clients, seconds);
  }
  return 0;
}
