#include "request.h"

#include <inttypes.h>
#include <string.h>

#include "fail.h"

enum { HIGHEST_RANK = 8 };

static void read_exactly(FILE *file, void *to, size_t size) {
  if (size && fread(to, 1, size, file) != size) fail("the request file ends within a tensor");
}

static TF_DataType type_named(const char *name) {
  if (!strcmp(name, "string")) return TF_STRING;
  if (!strcmp(name, "float32")) return TF_FLOAT;
  if (!strcmp(name, "int32")) return TF_INT32;
  fail("the request file has the type '%s', expected string, float32 or int32", name);
}

static void read_strings(FILE *file, TF_TString *to, int64_t count) {
  for (int64_t row = 0; row < count; ++row) {
    uint32_t size;
    read_exactly(file, &size, sizeof size);
    char *content = malloc(size ? size : 1);
    if (!content) fail("no memory for a string of %u bytes", size);
    read_exactly(file, content, size);
    TF_StringInit(&to[row]);
    TF_StringCopy(&to[row], content, size);
    free(content);
  }
}

static TF_Tensor *read_tensor(FILE *file, char *name) {
  char type_name[16];
  int rank;
  if (fscanf(file, "%255s %15s %d", name, type_name, &rank) != 3 || rank < 0 || rank > HIGHEST_RANK)
    fail("the request file has no tensor where one should be");
  int64_t sizes[HIGHEST_RANK], count = 1;
  for (int axis = 0; axis < rank; ++axis) {
    if (fscanf(file, "%" SCNd64, &sizes[axis]) != 1 || sizes[axis] < 0) fail("the request file has no size for '%s'", name);
    count *= sizes[axis];
  }
  if (fgetc(file) != '\n') fail("the line of '%s' does not end behind its sizes", name);
  TF_DataType type = type_named(type_name);
  /* TensorFlow says 0 for the size of a string. */
  size_t size = type == TF_STRING ? sizeof(TF_TString) : TF_DataTypeSize(type);
  TF_Tensor *tensor = TF_AllocateTensor(type, sizes, rank, (size_t)count * size);
  if (type == TF_STRING)
    read_strings(file, TF_TensorData(tensor), count);
  else
    read_exactly(file, TF_TensorData(tensor), TF_TensorByteSize(tensor));
  return tensor;
}

bool read_request(FILE *file, Request *request) {
  int found = fscanf(file, "request %d\n", &request->count);
  if (found == EOF) return false;
  if (found != 1 || request->count < 0 || request->count > MOST_TENSORS)
    fail("the request file does not begin with 'request' and a number from 0 to %d", MOST_TENSORS);
  for (int number = 0; number < request->count; ++number)
    request->values[number] = read_tensor(file, request->names[number]);
  return true;
}
