"""
The documents sent to Shopify's Admin API, version 2026-07.

A question may cost 1,000 points at most, and every thing it might return counts. So first answers are small,
refunds are only named in them, and what does not fit is asked for by itself.
"""

_ADDRESS = """
fragment AddressFields on MailingAddress {
  firstName lastName name company address1 address2 city province provinceCode zip country countryCodeV2 phone
}
"""
_CUSTOMER = """
fragment CustomerFields on Customer {
  id firstName lastName locale updatedAt verifiedEmail
  defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
  defaultPhoneNumber { phoneNumber marketingState marketingUpdatedAt }
  defaultAddress { ...AddressFields }
}
"""
_LINE = """
fragment LineFields on LineItem {
  id title name quantity currentQuantity sku vendor variantTitle requiresShipping isGiftCard
  product { id }
  variant { id }
  originalUnitPriceSet { shopMoney { amount } }
  totalDiscountSet { shopMoney { amount } }
  discountAllocations { allocatedAmountSet { shopMoney { amount } } }
  taxLines { priceSet { shopMoney { amount } } }
}
"""
_FULFILLMENT = """
fragment FulfillmentFields on Fulfillment {
  id status createdAt updatedAt
  trackingInfo(first: 10) { company number url }
  originAddress { address1 address2 city provinceCode countryCode zip }
  fulfillmentLineItems(first: $packed) { pageInfo { hasNextPage } nodes { quantity lineItem { id } } }
}
"""
_REFUND = """
fragment RefundFields on Refund {
  id note createdAt processedAt
  refundLineItems(first: $packed) {
    pageInfo { hasNextPage }
    nodes {
      quantity restockType
      lineItem { id }
      subtotalSet { shopMoney { amount } }
      totalTaxSet { shopMoney { amount } }
    }
  }
  refundShippingLines(first: 5) {
    nodes { subtotalAmountSet { shopMoney { amount } } taxAmountSet { shopMoney { amount } } }
  }
  orderAdjustments(first: 5) {
    nodes { amountSet { shopMoney { amount } } taxAmountSet { shopMoney { amount } } }
  }
  transactions(first: 10) { nodes { id kind status amountSet { presentmentMoney { amount currencyCode } } } }
}
"""
_ORDER = (
    """
fragment OrderFields on Order {
  id name createdAt updatedAt processedAt cancelledAt cancelReason closedAt currencyCode email phone
  customerLocale note tags discountCodes customerAcceptsMarketing
  displayFinancialStatus displayFulfillmentStatus paymentGatewayNames
  subtotalPriceSet { shopMoney { amount } }
  totalDiscountsSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  totalTaxSet { shopMoney { amount } }
  totalPriceSet { shopMoney { amount } }
  shippingAddress { ...AddressFields }
  billingAddress { ...AddressFields }
  customer { ...CustomerFields }
  lineItems(first: $lines) { pageInfo { hasNextPage endCursor } nodes { ...LineFields } }
  fulfillments(first: $parts) { ...FulfillmentFields }
  refunds(first: $parts) { id }
}
"""
    + _ADDRESS
    + _CUSTOMER
    + _LINE
    + _FULFILLMENT
)

SHOP = "query Shop { shop { name currencyCode } }"

ORDERS = (
    """
query Orders($first: Int!, $after: String, $query: String!, $lines: Int!, $parts: Int!, $packed: Int!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...OrderFields }
  }
}
"""
    + _ORDER
)
ORDERS_BY_ID = (
    """
query OrdersById($ids: [ID!]!, $lines: Int!, $parts: Int!, $packed: Int!) {
  nodes(ids: $ids) { __typename ... on Order { ...OrderFields } }
}
"""
    + _ORDER
)
MORE_LINES = (
    """
query MoreLines($id: ID!, $after: String) {
  order(id: $id) {
    lineItems(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...LineFields } }
  }
}
"""
    + _LINE
)
PARTS = """
query Parts($id: ID!) { order(id: $id) { fulfillments(first: 250) { id } refunds(first: 250) { id } } }
"""
FULFILLMENTS = (
    """
query Fulfillments($ids: [ID!]!, $packed: Int!) {
  nodes(ids: $ids) { __typename ... on Fulfillment { ...FulfillmentFields } }
}
"""
    + _FULFILLMENT
)
ONE_FULFILLMENT = (
    """
query OneFulfillment($id: ID!, $packed: Int!) { fulfillment(id: $id) { ...FulfillmentFields } }
"""
    + _FULFILLMENT
)
ONE_REFUND = (
    """
query OneRefund($id: ID!, $packed: Int!) { refund(id: $id) { ...RefundFields } }
"""
    + _REFUND
)

_VARIANT = """
fragment VariantFields on ProductVariant {
  id title sku barcode price position
  selectedOptions { value }
  media(first: 1) { nodes { preview { image { url } } } }
  inventoryItem { id measurement { weight { unit value } } }
}
"""
PRODUCTS = (
    """
query Products($first: Int!, $after: String, $query: String!, $variants: Int!) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id title handle productType vendor tags status descriptionHtml createdAt updatedAt
      featuredMedia { preview { image { url } } }
      variants(first: $variants) { pageInfo { hasNextPage endCursor } nodes { ...VariantFields } }
    }
  }
}
"""
    + _VARIANT
)
MORE_VARIANTS = (
    """
query MoreVariants($id: ID!, $after: String) {
  product(id: $id) {
    variants(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...VariantFields } }
  }
}
"""
    + _VARIANT
)
STOCK = """
query Stock($place: String, $after: String, $query: String!, $first: Int!) {
  locations(first: 1, after: $place, includeInactive: true) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      inventoryLevels(first: $first, after: $after, query: $query) {
        pageInfo { hasNextPage endCursor }
        nodes { updatedAt item { id tracked } quantities(names: ["available"]) { name quantity } }
      }
    }
  }
}
"""
CUSTOMERS = (
    """
query Customers($first: Int!, $after: String, $query: String!) {
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...CustomerFields }
  }
}
"""
    + _ADDRESS
    + _CUSTOMER
)

REFUNDABLE = """
query Refundable($id: ID!) {
  order(id: $id) {
    id currencyCode presentmentCurrencyCode
    refunds(first: 250) { id note totalRefundedSet { shopMoney { amount } } }
    suggestedRefund(suggestFullRefund: true) {
      maximumRefundableSet { shopMoney { amount } }
      suggestedTransactions { gateway amountSet { shopMoney { amount } } parentTransaction { id } }
    }
  }
}
"""
REFUNDS = """
query Refunds($id: ID!) {
  order(id: $id) { currencyCode refunds(first: 250) { id note totalRefundedSet { shopMoney { amount } } } }
}
"""
REFUND = """
mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id totalRefundedSet { shopMoney { amount } } }
    userErrors { field message }
  }
}
"""
NEW_ORDER = """
mutation NewOrder($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order { id name totalPriceSet { shopMoney { amount } } }
    userErrors { field message }
  }
}
"""
FIND_ORDER = """
query FindOrder($query: String!) {
  orders(first: 5, query: $query) { nodes { id name tags totalPriceSet { shopMoney { amount } } } }
}
"""
ADJUST = """
mutation Adjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}
"""
LEVEL = """
query Level($item: ID!, $place: ID!) {
  inventoryItem(id: $item) {
    inventoryLevel(locationId: $place) { quantities(names: ["available"]) { name quantity } }
  }
}
"""
NEW_DISCOUNT = """
mutation NewDiscount($discount: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $discount) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""
FIND_DISCOUNT = """
query FindDiscount($code: String!) {
  codeDiscountNodeByCode(code: $code) { id codeDiscount { ... on DiscountCodeBasic { title } } }
}
"""
