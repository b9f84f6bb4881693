/* A protocol buffer is a row of fields, each a number, a kind and a value: the few that name the tensors of a signature
 * are read here without the generated code. Numbers of the fields: tensorflow/core/protobuf/meta_graph.proto. */
#include "signature.h"

#include <stdbool.h>
#include <string.h>

#include "fail.h"

enum { SIGNATURE_DEF = 5, KEY = 1, VALUE = 2, INPUTS = 1, OUTPUTS = 2, TENSOR_NAME = 1 };
enum { VARINT = 0, EIGHT_BYTES = 1, DELIMITED = 2, FOUR_BYTES = 5 };

typedef struct {
  const uint8_t *at, *end;
} Bytes;

static uint64_t read_varint(Bytes *bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (bytes->at == bytes->end) fail("the MetaGraphDef ends within a number");
    uint8_t byte = *bytes->at++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return value;
  }
  fail("the MetaGraphDef has a number of more than 64 bits");
}

/* The next field; false at the end. `content` is empty for fields that are numbers. */
static bool next_field(Bytes *bytes, int *number, Bytes *content) {
  if (bytes->at == bytes->end) return false;
  uint64_t tag = read_varint(bytes);
  *number = (int)(tag >> 3);
  uint64_t size = 0;
  switch (tag & 7) {
    case VARINT:
      read_varint(bytes);
      break;
    case EIGHT_BYTES:
      size = 8;
      break;
    case FOUR_BYTES:
      size = 4;
      break;
    case DELIMITED:
      size = read_varint(bytes);
      break;
    default:
      fail("the MetaGraphDef has a field of the unknown kind %d", (int)(tag & 7));
  }
  if (size > (uint64_t)(bytes->end - bytes->at)) fail("the MetaGraphDef ends within field %d", *number);
  *content = (Bytes){bytes->at, bytes->at + size};
  bytes->at += size;
  return true;
}

/* The last field `wanted` of a message; empty when there is none. */
static Bytes field_of(Bytes message, int wanted) {
  Bytes found = {message.end, message.end}, content;
  int number;
  while (next_field(&message, &number, &content))
    if (number == wanted) found = content;
  return found;
}

static void copy_name(char *to, Bytes from) {
  size_t size = (size_t)(from.end - from.at);
  if (size >= LONGEST_NAME) fail("a tensor has a name of %zu bytes, at most %d are read", size, LONGEST_NAME - 1);
  memcpy(to, from.at, size);
  to[size] = '\0';
}

static void add_tensor(TensorName *tensors, int *count, Bytes entry) {
  if (*count == MOST_TENSORS) fail("the signature has more than %d tensors on one side", MOST_TENSORS);
  copy_name(tensors[*count].name, field_of(entry, KEY));
  copy_name(tensors[*count].tensor, field_of(field_of(entry, VALUE), TENSOR_NAME));
  ++*count;
}

Signature find_signature(const uint8_t *meta_graph, size_t size, const char *name) {
  Bytes graph = {meta_graph, meta_graph + size}, entry;
  int number;
  while (next_field(&graph, &number, &entry)) {
    if (number != SIGNATURE_DEF) continue;
    Bytes key = field_of(entry, KEY);
    if ((size_t)(key.end - key.at) != strlen(name) || memcmp(key.at, name, strlen(name)) != 0) continue;
    Signature signature = {0};
    Bytes definition = field_of(entry, VALUE), tensor;
    while (next_field(&definition, &number, &tensor)) {
      if (number == INPUTS) add_tensor(signature.inputs, &signature.input_count, tensor);
      if (number == OUTPUTS) add_tensor(signature.outputs, &signature.output_count, tensor);
    }
    return signature;
  }
  fail("the SavedModel has no signature '%s'", name);
}
